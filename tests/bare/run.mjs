// Runs a wasm module that must need nothing from outside: node tests/bare/run.mjs MODULE
import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
  throw new Error("the module imports " + imports.map((one) => `${one.module}.${one.name}`).join(", "));
}
const status = new WebAssembly.Instance(module, {}).exports.main(0, 0);
if (status !== 0) {
  throw new Error(`main returned ${status}`);
}
console.log(`${process.argv[2]}: no imports, main returned 0`);
