import type { DemoPerson } from "./shapes.ts";

/** Who may do what. Whoever trains a model does not move it, and whoever asks for a move does not approve it. */
export const people: readonly DemoPerson[] = [
  { name: "ines", role: "CONTRIBUTOR", scope: "risk.*" },
  { name: "wanjiru", role: "CONTRIBUTOR", scope: "risk.*" },
  { name: "tomasz", role: "CONTRIBUTOR", scope: "risk.*" },
  { name: "nadia", role: "MAINTAINER", scope: "risk.*" },
  { name: "petra", role: "APPROVER", scope: "risk.*" },
  { name: "noor", role: "CONTRIBUTOR", scope: "support.*" },
  { name: "yuki", role: "CONTRIBUTOR", scope: "support.*" },
  { name: "aoife", role: "MAINTAINER", scope: "support.*" },
  { name: "lena", role: "APPROVER", scope: "support.*" },
  { name: "samir", role: "APPROVER", scope: "*" },
];

export function personNamed(name: string): DemoPerson {
  const person = people.find((one) => one.name === name);
  if (!person) throw new TypeError(`nobody at the company is called ${name}`);
  return person;
}
