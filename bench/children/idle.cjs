// The floor of memory: a Node process that says it is there, and waits.
console.log("ready");
setInterval(() => {}, 1 << 30);
