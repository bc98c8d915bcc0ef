import { type Call, get, post } from "./call.ts";

const create = "experiments/create";
const read = "experiments/get";
const search = "experiments/search";

export const experimentCalls: readonly Call[] = [
  get("the experiment that is always there", read, { experiment_id: "0" }),
  get("the experiment that is always there, by its name", "experiments/get-by-name", {
    experiment_name: "Default",
  }),
  post(
    "an experiment",
    create,
    { name: "work", tags: [{ key: "team", value: "risk" }] },
    { work: "experiment_id" },
  ),
  post("a second experiment", create, { name: "Play" }, { play: "experiment_id" }),
  post("an experiment of a taken name", create, { name: "work" }),
  post("an experiment without a name", create, {}),
  post("an experiment with an empty name", create, { name: "" }),
  post("an experiment with a number for a name", create, { name: 5 }),
  post("an experiment with a text for tags", create, { name: "x", tags: "x" }),
  post("an experiment with a name that is too long", create, { name: "n".repeat(501) }),
  post(
    "an experiment with the longest name",
    create,
    { name: "n".repeat(500) },
    { longest: "experiment_id" },
  ),
  get("a read of the longest name", read, { experiment_id: "$longest" }),
  get("a read of an experiment by the longest name", "experiments/get-by-name", {
    experiment_name: "n".repeat(500),
  }),
  post("another name of the longest that is too long", "experiments/update", {
    experiment_id: "$longest",
    new_name: "m".repeat(501),
  }),
  post("another name, as long as may be", "experiments/update", {
    experiment_id: "$longest",
    new_name: "m".repeat(500),
  }),
  get("a read of an experiment", read, { experiment_id: "$work" }),
  get("a read of an experiment that is not there", read, { experiment_id: "987654321" }),
  get("a read of an experiment by no number", read, { experiment_id: "one" }),
  get("a read of an experiment without an id", read),
  get("a read of an experiment by name", "experiments/get-by-name", { experiment_name: "work" }),
  get("a read of an experiment by a name that is not there", "experiments/get-by-name", {
    experiment_name: "nobody",
  }),
  get("a read of an experiment without a name", "experiments/get-by-name"),
  post("another name of an experiment", "experiments/update", { experiment_id: "$play", new_name: "Game" }),
  post("another name of an experiment that is taken", "experiments/update", {
    experiment_id: "$play",
    new_name: "work",
  }),
  post("another name of an experiment that is missing", "experiments/update", { experiment_id: "$play" }),
  post("another name of an experiment that is not there", "experiments/update", {
    experiment_id: "987654321",
    new_name: "x",
  }),
  post("a tag of an experiment", "experiments/set-experiment-tag", {
    experiment_id: "$work",
    key: "color",
    value: "red",
  }),
  post("the tag of an experiment, anew", "experiments/set-experiment-tag", {
    experiment_id: "$work",
    key: "color",
    value: "blue",
  }),
  post("a tag of an experiment, as long as may be", "experiments/set-experiment-tag", {
    experiment_id: "$work",
    key: "long",
    value: "v".repeat(20_000),
  }),
  post("a tag of an experiment that is too long", "experiments/set-experiment-tag", {
    experiment_id: "$work",
    key: "long",
    value: "v".repeat(20_001),
  }),
  post("a tag of an experiment without a key", "experiments/set-experiment-tag", {
    experiment_id: "$work",
    value: "x",
  }),
  post("a tag of an experiment that is not there", "experiments/set-experiment-tag", {
    experiment_id: "987654321",
    key: "k",
    value: "v",
  }),
  post("a tag of an experiment taken away", "experiments/delete-experiment-tag", {
    experiment_id: "$work",
    key: "color",
  }),
  post("a tag of an experiment taken away again", "experiments/delete-experiment-tag", {
    experiment_id: "$work",
    key: "color",
  }),
  post("a tag of an experiment taken away without a key", "experiments/delete-experiment-tag", {
    experiment_id: "$work",
  }),
  post("a tag taken from an experiment that is not there", "experiments/delete-experiment-tag", {
    experiment_id: "987654321",
    key: "k",
  }),
  get("the experiment after its tags", read, { experiment_id: "$work" }),
  post("a search of all experiments", search, { max_results: 10, order_by: ["name"] }),
  get("a search of all experiments by GET", search, { max_results: "10", order_by: ["name DESC"] }),
  post("a search of experiments without a number", search, {}),
  post("a search of experiments by name", search, { max_results: 10, filter: "name = 'work'" }),
  post("a search of experiments by ILIKE", search, { max_results: 10, filter: "name ILIKE 'g%'" }),
  post("a search of experiments by tag", search, { max_results: 10, filter: "tags.team = 'risk'" }),
  post("a search of experiments without a tag", search, { max_results: 10, filter: "tags.team IS NULL" }),
  post("a search of experiments with a tag", search, { max_results: 10, filter: "tags.team IS NOT NULL" }),
  post("a search of experiments without a name", search, { max_results: 10, filter: "name IS NULL" }),
  post("a search of experiments without what they have not", search, {
    max_results: 10,
    filter: "color IS NULL",
  }),
  post("a search of experiments by time", search, {
    max_results: 10,
    filter: "creation_time > 1600000000000",
    order_by: ["name ASC"],
  }),
  post("a search of experiments by what they have not", search, { max_results: 10, filter: "color = 'x'" }),
  post("a search of experiments in an order nobody knows", search, { max_results: 10, order_by: ["color"] }),
  post("a search of too many experiments", search, { max_results: 50_001 }),
  post("a search of experiments from a page nobody gave", search, {
    max_results: 10,
    page_token: "nonsense",
  }),
  post(
    "a page of experiments",
    search,
    { max_results: 2, order_by: ["name"] },
    { experiments: "next_page_token" },
  ),
  post("the next page of experiments", search, {
    max_results: 2,
    order_by: ["name"],
    page_token: "$experiments",
  }),
  post("an experiment deleted", "experiments/delete", { experiment_id: "$play" }),
  post("an experiment deleted again", "experiments/delete", { experiment_id: "$play" }),
  post("a deletion of an experiment that is not there", "experiments/delete", { experiment_id: "987654321" }),
  get("the experiment after its deletion", read, { experiment_id: "$play" }),
  post("a search of experiments deleted", search, { max_results: 10, view_type: "DELETED_ONLY" }),
  post("a run in an experiment deleted", "runs/create", { experiment_id: "$play" }),
  post("an experiment restored", "experiments/restore", { experiment_id: "$play" }),
  post("an experiment restored again", "experiments/restore", { experiment_id: "$play" }),
  get("the experiment restored", "experiments/get-by-name", { experiment_name: "Game" }),
  post("an experiment whose artifacts are at a climbing place", create, {
    name: "x",
    artifact_location: "s3://bucket/../x",
  }),
  post("an experiment that goes", create, { name: "gone" }, { gone: "experiment_id" }),
  post("the experiment that goes deleted", "experiments/delete", { experiment_id: "$gone" }),
  post("an experiment of the name of one deleted", create, { name: "gone" }),
];
