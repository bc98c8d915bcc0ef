// Decorators of type-graphql and typeorm write their metadata through it, so it comes before any of them.
import "reflect-metadata";
