// The floor of a start: a Node process that prints one line.
console.log("ready");
