// Mocha's JSON report on standard input, as lines "result pass|skip|FAIL NAME".
let text = '';
process.stdin.on('data', (part) => { text += part; }).on('end', () => {
  const report = JSON.parse(text.slice(text.indexOf('{\n  "stats"'))); // Tests write to standard output too.
  const nameOf = (test) => test.fullTitle.trim().replace(/\s+/g, '-');
  for (const test of report.passes) console.log(`result pass ${nameOf(test)}`);
  for (const test of report.pending) console.log(`result skip ${nameOf(test)}`);
  for (const test of report.failures) console.log(`${nameOf(test)}: ${test.err.message}\nresult FAIL ${nameOf(test)}`);
});
