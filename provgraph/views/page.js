(function () {
  "use strict";
  const lineage = JSON.parse(document.getElementById("lineage").textContent);
  const container = document.getElementById("picture");
  // An element with textContent: whatever a title holds, it is shown as text.
  for (const item of [...lineage.nodes, ...lineage.edges]) {
    if (item.title) {
      const tip = document.createElement("div");
      tip.textContent = item.title;
      item.title = tip;
    }
  }
  const data = { nodes: new vis.DataSet(lineage.nodes), edges: new vis.DataSet(lineage.edges) };
  const network = new vis.Network(container, data, lineage.options);
  const whole = () => network.fit({ maxZoomLevel: 1.2, animation: false });
  // A picture too large to be read as a whole opens at what was asked for; the button shows all of it.
  const open = () => {
    whole();
    const asked = lineage.nodes.filter((node) => node.asked);
    const wanted = asked[asked.length - 1];
    if (wanted && network.getScale() < 0.5) {
      const offset = { x: container.clientWidth / 4, y: 0 };
      network.moveTo({ position: { x: wanted.x, y: wanted.y }, scale: 0.8, offset });
    }
  };
  network.once("afterDrawing", open);
  window.addEventListener("resize", open);
  document.getElementById("whole").addEventListener("click", whole);
  container.dataset.drawn = `${data.nodes.length} nodes, ${data.edges.length} edges`;
})();
