// The page holds its code and its data gzipped: together they are a third of what they would be as text.
(async () => {
  const unpack = async (id) => {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
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
