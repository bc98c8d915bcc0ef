import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config/reading.ts";
import { type AuthSettings, readConfig } from "../../src/config.ts";

const issuer = "https://login.example/realms/ml";
const least = { OIDC_ISSUER: issuer, OIDC_AUDIENCE: "stemma" };

function oidcWith(env: Record<string, string>) {
  return (readConfig(env).auth as Extract<AuthSettings, { mode: "token" }>).oidc;
}

describe("the settings of an identity provider", () => {
  it("are none where no issuer is named", () => {
    expect(oidcWith({ OIDC_ISSUER: " " })).toBeNull();
  });

  it("need an issuer and an audience; the rest is as usual", () => {
    expect(oidcWith(least)).toEqual({
      issuer,
      audience: "stemma",
      jwksUrl: null,
      algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
      clockToleranceSeconds: 30,
      groupsClaim: "groups",
      nameClaim: null,
    });
  });

  it("are all as told", () => {
    const told = {
      OIDC_ISSUER: "http://127.0.0.1:8080/",
      OIDC_AUDIENCE: "api://stemma",
      OIDC_JWKS_URL: "http://[::1]:8080/keys?of=stemma",
      OIDC_ALGORITHMS: "ES256, Ed25519",
      OIDC_CLOCK_TOLERANCE_SECONDS: "0",
      OIDC_GROUPS_CLAIM: "https://login.example/groups",
      OIDC_NAME_CLAIM: "nickname",
    };
    expect(oidcWith(told)).toEqual({
      issuer: "http://127.0.0.1:8080/",
      audience: "api://stemma",
      jwksUrl: "http://[::1]:8080/keys?of=stemma",
      algorithms: ["ES256", "Ed25519"],
      clockToleranceSeconds: 0,
      groupsClaim: "https://login.example/groups",
      nameClaim: "nickname",
    });
  });

  it.each([
    ["OIDC_ISSUER", "login.example", "an https URL"],
    ["OIDC_ISSUER", "ftp://login.example", "an https URL"],
    ["OIDC_ISSUER", "http://login.example", "an https URL"],
    ["OIDC_ISSUER", "http://127.0.0.1.evil.example", "an https URL"],
    ["OIDC_ISSUER", "https://login.example/?realm=ml", "an https URL"],
    ["OIDC_ISSUER", "https://login.example/#ml", "an https URL"],
    ["OIDC_ISSUER", "https://login .example", "an https URL"],
    ["OIDC_ISSUER", `https://login.example/${"a".repeat(240)}`, "an https URL"],
    ["OIDC_JWKS_URL", "http://login.example/keys", "an https URL"],
    ["OIDC_JWKS_URL", "keys", "an https URL"],
    ["OIDC_ALGORITHMS", "none", "algorithms of key pairs"],
    ["OIDC_ALGORITHMS", "RS256,HS256", "algorithms of key pairs"],
    ["OIDC_ALGORITHMS", "rs256", "algorithms of key pairs"],
    ["OIDC_CLOCK_TOLERANCE_SECONDS", "301", "a whole number 0–300"],
    ["OIDC_CLOCK_TOLERANCE_SECONDS", "-1", "a whole number 0–300"],
  ])("stop the start where %s is %s", (variable, wrong, expected) => {
    const read = () => oidcWith({ ...least, [variable]: wrong });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`${variable}: expected ${expected}`);
  });

  it("stop the start where an issuer is named without an audience, and a part without an issuer", () => {
    expect(() => oidcWith({ OIDC_ISSUER: issuer })).toThrow("OIDC_AUDIENCE: needed with OIDC_ISSUER");
    for (const part of ["AUDIENCE", "JWKS_URL", "ALGORITHMS", "GROUPS_CLAIM", "NAME_CLAIM"]) {
      expect(() => oidcWith({ [`OIDC_${part}`]: "RS256" })).toThrow(`OIDC_ISSUER: needed with OIDC_${part}`);
    }
    expect(() => oidcWith({ OIDC_CLOCK_TOLERANCE_SECONDS: "5" })).toThrow("OIDC_ISSUER: needed with");
  });

  it("stop the start where authentication is off", () => {
    expect(() => readConfig({ ...least, STEMMA_AUTH: "off" })).toThrow(
      'STEMMA_AUTH: expected "token" where OIDC_ISSUER is set; got "off"',
    );
  });

  it("do not repeat a password that stands in a URL", () => {
    const read = () => oidcWith({ ...least, OIDC_ISSUER: "https://somebody:secret@login.example" });
    expect(read).toThrow("https://…@login.example");
    expect(read).not.toThrow("secret");
  });
});
