// Texts that take encoders to their edges: UTF-16 against UTF-8 lengths, JSON and JavaScript escapes, separators.
export const texts = {
  empty: "",
  ascii: "hello",
  digits: "12345:67",
  latin: "é ÿ ñ",
  greek: "κόσμε",
  euro: "€€€",
  astral: "😀𝄞🏳️‍🌈",
  mixed: "a€😀b",
  "lone high surrogate": "a\ud83db",
  "lone low surrogate": "a\ude00b",
  "swapped surrogates": "\ude00\ud83d",
  controls: "\u0000\u0001\b\t\n\u000b\f\r\u001f\u007f\u0080",
  quotes: `"'\\/\\n\\\\n`,
  "line separators": "\u2028\u2029",
  script: "</script><!-- ]]>",
  json: '2["message",{"a":[1,2.5,null,true]},"✓"]',
  long: "0123456789".repeat(12),
  "boundaries of utf-8": "\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}",
};

export const buffers = {
  empty: Buffer.alloc(0),
  one: Buffer.from([4]),
  two: Buffer.from([0xff, 0x00]),
  three: Buffer.from([0, 1, 2]),
  all: Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
};

export const hex = (data) => Buffer.from(data).toString("hex");
