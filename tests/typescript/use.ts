import { api, operations } from "./src/index.js";
import type { Cat, Mood, Owner, OwnerInput, Pet, runtime } from "./src/index.js";

type Shape<O> = O extends runtime.Operation<infer S> ? S : never;
type Get = Shape<typeof operations.pets.getPet>;
type Put = Shape<typeof operations.pets.putPet>;
type Send = Shape<typeof operations.pets.sendPhoto>;

// A port of the runtime needs no more than this.
declare function call<S extends runtime.OperationShape>(
  operation: runtime.Operation<S>,
  given: runtime.Arguments<S>,
): Promise<runtime.Result<S>>;

export async function calls(): Promise<number | undefined> {
  const pet = await call(operations.pets.getPet, { path: { id: 1 }, query: { "page-size": 3, sort: ["a"] } });
  await call(operations.pets.getPet, { path: { id: 1 } });
  // @ts-expect-error  the path needs an id
  await call(operations.pets.getPet, { path: {} });
  // @ts-expect-error  a number
  await call(operations.pets.getPet, { path: { id: "1" } });
  // @ts-expect-error  no such parameter
  await call(operations.pets.getPet, { path: { id: 1 }, query: { pageSize: 3 } });
  // @ts-expect-error  the body is required
  await call(operations.pets.putPet, { path: { id: 1 } });
  const none: undefined = await call(operations.pets.putPet, { path: { id: 1 }, body: "x", contentType: "text/plain" });
  await call(operations.pets.sendPhoto, { path: { id: 1 }, body: { photo: new Uint8Array(1) } });
  for await (const chunk of await call(operations.pets.sendPhoto, { path: { id: 1 } })) chunk.byteLength;
  return pet.kind === "cat" ? pet.lives : none;
}

export function narrows(pet: Pet): string | number | undefined {
  switch (pet.kind) {
    case "cat":
      return pet.lives;
    case "dog":
      return pet.owner?.name;
    default:
      return undefined;
  }
}

// Absent and null are two things.
export const owner: OwnerInput = { name: "a", nick: null, other: true, ["__proto__"]: "x", constructor: 1, "to-day": "2024-02-29" };
// @ts-expect-error  nick may be null, not absent
export const absent: OwnerInput = { name: "a" };
// @ts-expect-error  age may be absent, not null
export const nothing: OwnerInput = { name: "a", nick: "b", age: null };
// @ts-expect-error  age may be absent, not undefined
export const undefined_: OwnerInput = { name: "a", nick: "b", age: undefined };
// @ts-expect-error  the server alone sets an id
export const id: string = owner.id;
export function received(found: Owner): string | undefined {
  // @ts-expect-error  and nobody else writes it
  found.id = "x";
  return found.id;
}

// An enum is open, and still offers what is known.
export const moods: Mood[] = ["calm", "it's", "unheard of"];
// @ts-expect-error  but it is text
export const mood: Mood = 1;
export const cat: Cat = { kind: "cat", mood: "wild" };

// Answers by status, errors, headers.
export const answer: Get["responses"]["404"] = { error: "x" };
export const error: Get["error"] = answer;
export const rate: Get["answerHeaders"]["X-Rate"] = 3;
export const media: Put["contentType"] = "application/json";
export type Photo = Send["responses"]["200"];
export const region: string | undefined = api.servers[0]?.variables?.[0]?.default;
