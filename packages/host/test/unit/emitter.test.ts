import { expect, test } from "vitest";
import { Emitter } from "../../src/emitter.ts";

function createEmitter(): { emitter: Emitter<{ word: string }>; errors: unknown[] } {
  const errors: unknown[] = [];
  return { emitter: new Emitter<{ word: string }>((error) => errors.push(error)), errors };
}

test("listeners hear in order of registration", () => {
  const { emitter } = createEmitter();
  const heard: string[] = [];
  emitter.on("word", (word) => heard.push(`1 ${word}`));
  emitter.on("word", (word) => heard.push(`2 ${word}`));
  emitter.emit("word", "hello");
  expect(heard).toEqual(["1 hello", "2 hello"]);
});

test("a listener that was taken away hears nothing", () => {
  const { emitter } = createEmitter();
  const heard: string[] = [];
  const stop = emitter.on("word", (word) => heard.push(word));
  stop();
  stop();
  emitter.emit("word", "hello");
  expect(heard).toEqual([]);
});

test("a listener that throws is reported, and the next one hears", () => {
  const { emitter, errors } = createEmitter();
  const heard: string[] = [];
  emitter.on("word", () => {
    throw new Error("broken");
  });
  emitter.on("word", (word) => heard.push(word));
  emitter.emit("word", "hello");
  expect(heard).toEqual(["hello"]);
  expect(errors).toMatchObject([{ message: "broken" }]);
});

test("a listener added while an event is told hears the next one", () => {
  const { emitter } = createEmitter();
  let heard = 0;
  const listen = (): void => {
    heard += 1;
    if (heard < 100) emitter.on("word", () => listen());
  };
  emitter.on("word", listen);
  emitter.emit("word", "hello");
  expect(heard).toBe(1);
});

test("a listener that another one takes away while an event is told does not hear it", () => {
  const { emitter } = createEmitter();
  const heard: string[] = [];
  const stops = [emitter.on("word", () => stops.forEach((stop) => stop()))];
  stops.push(emitter.on("word", () => heard.push("taken away before its turn")));
  emitter.on("word", (word) => heard.push(word));
  emitter.emit("word", "hello");
  expect(heard).toEqual(["hello"]);
});
