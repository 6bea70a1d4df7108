// The page holds its code and its data gzipped: together they are a third of what they would be as text.
(async () => {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%.()*+-;,=:?@^_`{|}~";
  const values = new Map([...digits].map((digit, value) => [digit.charCodeAt(0), value]));
  // Base 85: five digits stand for four bytes; a short last group is filled up and cut again.
  const decode = (text) => {
    const short = (5 - (text.length % 5)) % 5;
    const full = text + "~".repeat(short);
    const bytes = new Uint8Array((full.length / 5) * 4);
    const view = new DataView(bytes.buffer);
    for (let at = 0, to = 0; at < full.length; at += 5, to += 4) {
      let number = 0;
      for (let i = at; i < at + 5; i += 1) number = number * 85 + values.get(full.charCodeAt(i));
      view.setUint32(to, number);
    }
    return bytes.subarray(0, bytes.length - short);
  };
  const unpack = async (id) => {
    const bytes = decode(document.getElementById(id).textContent);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  try {
    const [code, data] = await Promise.all([unpack("aitracker-code"), unpack("aitracker-data")]);
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
    aitrackerReport.start(JSON.parse(data));
  } catch (error) {
    for (const place of document.querySelectorAll("[data-view]")) {
      place.textContent = `The charts of this page could not be unpacked (${error.message}); its text and sources are whole.`;
    }
  }
})();
