// Draws one column a sweep: answer, Pareto fronts, heat map, sensitivity, stacks, table.
"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var COLORS = ["#0b66c3", "#d1495b", "#edae49", "#66a182", "#7b5ea7", "#2e4057", "#e07a5f",
                "#8d99ae", "#3fb8af", "#b5838d", "#a3b18a", "#5f0f40"];
  var REST = "#dfe5ec";
  var W = 620, H = 330, M = {top: 12, right: 16, bottom: 44, left: 64};

  function show(value) {
    if (value === undefined || value === null) return "";
    if (typeof value !== "number") return String(value);
    if (value === 0) return "0";
    var size = Math.abs(value);
    if (size >= 1000) return d3.format(",.0f")(value);
    return size >= 100 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : value.toPrecision(3);
  }
  // Per cent.
  function error(value) {
    var size = Math.abs(value);
    if (size === 0) return "0 %";
    return size < 0.005 ? "< 0.01 %" : value.toFixed(2) + " %";
  }
  function errorOf(metric) {
    return metric.error_worst === undefined ? "" :
      "error " + error(metric.error_mean) + ", worst " + error(metric.error_worst);
  }
  // With the calibration error, if there is one.
  function titled(metric) {
    var errors = errorOf(metric);
    return named(metric) + (errors && " [" + errors + "]");
  }
  function named(metric) { return metric.label + (metric.unit ? " (" + metric.unit + ")" : ""); }
  // The RTL's figure of a point: measured, or estimated from a sample of its descriptors.
  function rtlText(p, name) {
    var rtl = inRtl(p, name), sampled = p.rtl && p.rtl.descriptors && !p.rtl.descriptors.whole;
    return rtl === undefined ? "" : " (RTL " + (sampled ? "about " : "") + show(rtl) + ")";
  }
  function inRtl(p, name) { return p.rtl && p.rtl.metrics && p.rtl.errors[name] !== undefined ? p.rtl.metrics[name] : undefined; }

  var tip = d3.select("#tip");
  function hover(selection, text) {
    selection.on("mousemove", function (d) {
      tip.attr("hidden", null).text(text(d))
        .style("left", Math.min(d3.event.pageX + 14, window.innerWidth - 320) + "px")
        .style("top", d3.event.pageY + 14 + "px");
    }).on("mouseout", function () { tip.attr("hidden", true); });
  }
  function card(parent, title, note, wide) {
    var box = parent.append("section").attr("class", "card" + (wide ? " wide" : ""));
    box.append("h2").text(title);
    if (note) box.append("p").attr("class", "note").text(note);
    return box;
  }
  // A select; calls back with the chosen value.
  function choice(controls, label, options, chosen, changed) {
    var select = controls.append("label").text(label + " ").append("select");
    options.forEach(function (o) {
      select.append("option").attr("value", o.value).property("selected", o.value === chosen).text(o.text);
    });
    select.on("change", function () { changed(this.value); });
  }
  function canvas(box, height) {
    return box.append("svg").attr("viewBox", "0 0 " + W + " " + height);
  }
  function legend(box, entries) {
    var list = box.append("div").attr("class", "legend");
    entries.forEach(function (e) {
      var item = list.append("span");
      item.append("i").classed("ring", e.ring).style("background", e.color);
      item.append("span").text(e.text);
    });
  }

  function Sweep(sweep, parent) {
    var done = sweep.points.filter(function (p) { return p.status === "done"; });
    var metrics = sweep.metrics, metric = {};
    metrics.forEach(function (m) { metric[m.name] = m; });
    var metricOptions = metrics.map(function (m) { return {value: m.name, text: m.label}; });
    var axisOptions = sweep.axes.map(function (a, i) { return {value: String(i), text: a.key}; });
    var answer = sweep.answer, selected = function () { return true; };

    function describe(p) {
      return "point " + p.point + "\n" +
        sweep.axes.map(function (a, i) { return a.key + " = " + p.values[i]; }).join("\n") + "\n" +
        metrics.slice(0, 8).map(function (m) {
          return m.label + ": " + show(p.metrics[m.name]) + " " + m.unit + rtlText(p, m.name);
        }).join("\n");
    }

    function drawAnswer() {
      var box = parent.append("section").attr("class", "card wide answer");
      box.append("div").attr("class", "name").append("strong").text(sweep.name);
      answer.words.forEach(function (w, i) {
        var item = box.append("div").classed("whole", i >= 4);
        item.append("h3").text(w.title);
        item.append("p").text(w.text);
      });
    }

    function scatter(title, x, y, className) {
      var box = card(parent, title, "Left and down is better; the line joins the points that none beats in both.");
      var controls = box.append("div").attr("class", "controls"), holder = box.append("div");
      choice(controls, "across", metricOptions, x, function (v) { x = v; draw(); });
      choice(controls, "up", metricOptions, y, function (v) { y = v; draw(); });
      legend(box, [{color: "#d1495b", text: "fastest"}, {color: "#edae49", text: "knee"},
                   {color: "#0b66c3", text: "Pareto front"}, {color: "#8fb3d9", text: "others"}]
        .concat(sweep.calibration ? [{color: "#fff", ring: true, text: "in RTL too"}] : []));
      // Points that have both figures: not every model counts everything.
      function shown() {
        return done.filter(function (p) { return p.metrics[x] !== undefined && p.metrics[y] !== undefined; });
      }
      function front() {
        var best = Infinity;
        return shown().sort(function (a, b) {
          return a.metrics[x] - b.metrics[x] || a.metrics[y] - b.metrics[y];
        }).filter(function (p) {
          if (p.metrics[y] >= best) return false;
          best = p.metrics[y];
          return true;
        });
      }
      function scale(name, range) {
        var extent = d3.extent(shown(), function (p) { return p.metrics[name]; });
        var wide = extent[0] > 0 && extent[1] / extent[0] > 8;
        var pad = wide ? 1 : (extent[1] - extent[0]) * 0.06 || extent[1] * 0.05 || 1;
        return wide ? d3.scale.log().domain([extent[0] / 1.1, extent[1] * 1.1]).range(range)
                    : d3.scale.linear().domain([extent[0] - pad, extent[1] + pad]).range(range);
      }
      function axis(svg, s, orient, transform) {
        var a = d3.svg.axis().scale(s).orient(orient).ticks(6).tickSize(orient === "left" ? -(W - M.left - M.right) : 5);
        if (s.base) a.ticks(6, ",.3g"); else a.tickFormat(s.tickFormat(6));
        svg.append("g").attr("class", "axis").attr("transform", transform).call(a);
      }
      function draw() {
        holder.html("");
        var svg = canvas(holder, H).attr("class", className);
        var sx = scale(x, [M.left, W - M.right]), sy = scale(y, [H - M.bottom, M.top]);
        axis(svg, sy, "left", "translate(" + M.left + ",0)");
        axis(svg, sx, "bottom", "translate(0," + (H - M.bottom) + ")");
        svg.append("text").attr("class", "label").attr("x", W - M.right).attr("y", H - 8)
          .attr("text-anchor", "end").text(titled(metric[x]));
        svg.append("text").attr("class", "label").attr("transform", "translate(14," + M.top + ") rotate(-90)")
          .attr("text-anchor", "end").text(titled(metric[y]));
        var line = front(), on = {};
        line.forEach(function (p) { on[p.point] = true; });
        svg.append("path").attr("class", "front-line").attr("d", d3.svg.line().interpolate("step-after")
          .x(function (p) { return sx(p.metrics[x]); }).y(function (p) { return sy(p.metrics[y]); })(line));
        function rank(p) { return p.point === answer.best ? 3 : p.point === answer.knee ? 2 : on[p.point] ? 1 : 0; }
        var dots = svg.selectAll(".dot").data(shown().sort(function (a, b) { return rank(a) - rank(b); }))
          .enter().append("circle")
          .attr("class", function (p) { return "dot " + ["", "front", "knee", "best"][rank(p)]; })
          .attr("r", function (p) { return [4, 4.5, 7, 7][rank(p)]; })
          .attr("cx", function (p) { return sx(p.metrics[x]); }).attr("cy", function (p) { return sy(p.metrics[y]); });
        dots.classed("measured", function (p) { return p.rtl && p.rtl.metrics; });
        dots.classed("dim", function (p) { return !selected(p); });
        hover(dots, describe);
      }
      draw();
      return draw;
    }

    function heatMap() {
      var box = card(parent, "Heat map", "Each cell is the best of all points with these two values.");
      var controls = box.append("div").attr("class", "controls"), holder = box.append("div");
      var order = answer.sensitivity.map(function (s) {
        return sweep.axes.map(function (a) { return a.key; }).indexOf(s.key);
      });
      var a = String(order[0]), b = String(order.length > 1 ? order[1] : order[0]), m = "latency_us";
      choice(controls, "across", axisOptions, a, function (v) { a = v; draw(); });
      choice(controls, "down", axisOptions, b, function (v) { b = v; draw(); });
      choice(controls, "colour", metricOptions, m, function (v) { m = v; draw(); });
      function draw() {
        holder.html("");
        var higher = /tops|tokens_per|_use|row_hits/.test(m);
        var xs = sweep.axes[a].values, ys = sweep.axes[b].values, cells = [];
        ys.forEach(function (yv, j) {
          xs.forEach(function (xv, i) {
            var values = done.filter(function (p) { return p.values[a] === xv && p.values[b] === yv; })
              .map(function (p) { return p.metrics[m]; }).filter(function (v) { return v !== undefined; });
            if (values.length) cells.push({i: i, j: j, x: xv, y: yv, n: values.length, v: higher ? d3.max(values) : d3.min(values)});
          });
        });
        var svg = canvas(holder, H).attr("class", "heat");
        var w = (W - 90 - M.right) / xs.length, h = (H - M.top - M.bottom) / ys.length;
        var extent = d3.extent(cells, function (c) { return c.v; });
        var color = d3.scale.linear().domain([extent[0], (extent[0] + extent[1]) / 2, extent[1]])
          .range(higher ? ["#f5e3c8", "#7fb8ad", "#12486b"] : ["#12486b", "#7fb8ad", "#f5e3c8"]).interpolate(d3.interpolateLab);
        function dark(c) { return d3.lab(color(c.v)).l < 60; }
        var g = svg.selectAll(".cell").data(cells).enter().append("g").attr("class", "cell")
          .attr("transform", function (c) { return "translate(" + (90 + c.i * w) + "," + (M.top + c.j * h) + ")"; });
        g.append("rect").attr("width", Math.max(1, w - 2)).attr("height", Math.max(1, h - 2)).attr("rx", 3)
          .attr("fill", function (c) { return color(c.v); });
        if (w > 44 && h > 14) {
          g.append("text").attr("x", w / 2).attr("y", h / 2 + 4).attr("text-anchor", "middle")
            .style("fill", function (c) { return dark(c) ? "#fff" : "#1c2733"; }).text(function (c) { return show(c.v); });
        }
        hover(g, function (c) {
          return sweep.axes[a].key + " = " + c.x + "\n" + sweep.axes[b].key + " = " + c.y + "\n" +
            titled(metric[m]) + ": " + show(c.v) + "\nbest of " + c.n + " points";
        });
        xs.forEach(function (v, i) {
          svg.append("text").attr("x", 90 + (i + 0.5) * w).attr("y", H - M.bottom + 16).attr("text-anchor", "middle").text(v);
        });
        ys.forEach(function (v, j) {
          svg.append("text").attr("x", 82).attr("y", M.top + (j + 0.5) * h + 4).attr("text-anchor", "end").text(v);
        });
        svg.append("text").attr("class", "label").attr("x", W - M.right).attr("y", H - 8).attr("text-anchor", "end").text(sweep.axes[a].key);
        svg.append("text").attr("class", "label").attr("transform", "translate(14," + M.top + ") rotate(-90)")
          .attr("text-anchor", "end").text(sweep.axes[b].key);
      }
      draw();
    }

    function sensitivity() {
      var box = card(parent, "Sensitivity", "Latency by value of each axis, averaged (geometric mean) over all others, against the axis's best value.");
      var rows = answer.sensitivity, row = 56, height = rows.length * row + 8;
      var svg = canvas(box, height).attr("class", "sensitivity");
      var top = d3.max(rows, function (r) { return d3.max(r.means) / d3.min(r.means); });
      rows.forEach(function (r, i) {
        var least = d3.min(r.means), g = svg.append("g").attr("transform", "translate(0," + i * row + ")");
        g.append("text").attr("x", 4).attr("y", 15).style("font-weight", 600).text(r.key);
        g.append("text").attr("class", "label").attr("x", W - 4).attr("y", 15).attr("text-anchor", "end")
          .text("worst +" + show(100 * (r.effect - 1)) + " %");
        var w = (W - 8) / r.means.length;
        r.means.forEach(function (mean, k) {
          var share = top > 1 ? (mean / least - 1) / (top - 1) : 0;
          var cell = g.append("g").datum({mean: mean, value: r.values[k], least: least});
          cell.append("rect").attr("class", "bar").attr("x", 4 + k * w).attr("y", 22).attr("width", Math.max(1, w - 3)).attr("height", 24)
            .attr("rx", 3).attr("fill", d3.interpolateLab("#d7ebe6", "#d1495b")(share));
          if (w > 30) {
            cell.append("text").attr("x", 4 + (k + 0.5) * w - 1.5).attr("y", 38).attr("text-anchor", "middle").text(r.values[k]);
          }
          hover(cell, function (d) {
            return r.key + " = " + d.value + "\nmean latency " + show(d.mean) + " us\n+" + show(100 * (d.mean / d.least - 1)) + " %";
          });
        });
      });
    }

    function stacks() {
      var box = card(parent, "Where the cycles go", "One bar a point, fastest first.", true);
      var controls = box.append("div").attr("class", "controls"), holder = box.append("div");
      var kinds = Object.keys(done[0].cycles).map(function (k) { return {value: k, text: "cycles by " + k}; });
      kinds.push({value: "energy", text: "energy by part (uJ)"}, {value: "area", text: "area by part (mm2)"});
      if (done.some(function (p) { return p.rows; })) kinds.push({value: "rows", text: "DRAM accesses by row buffer"});
      var kind = done[0].cycles.layer ? "layer" : "operation";
      if (!done[0].cycles.layer && Object.keys(done[0].cycles.operation).length < 3) kind = "GEMM engine";
      choice(controls, "show", kinds, kind, function (v) { kind = v; draw(); });
      function parts(p) { return kind === "energy" || kind === "area" || kind === "rows" ? p[kind] || {} : p.cycles[kind] || {}; }
      function draw() {
        holder.html("");
        var bars = done.slice().sort(function (a, b) { return a.metrics.latency_us - b.metrics.latency_us; });
        var names = [];
        bars.forEach(function (p) { Object.keys(parts(p)).forEach(function (n) { if (names.indexOf(n) < 0) names.push(n); }); });
        function color(n) { return /idle/.test(n) ? REST : COLORS[names.indexOf(n) % COLORS.length]; }
        function total(p) { return d3.sum(d3.values(parts(p))); }
        var width = 2 * W, height = 280, svg = holder.append("svg").attr("viewBox", "0 0 " + width + " " + height).attr("class", "stacks");
        var y = d3.scale.linear().domain([0, d3.max(bars, total) || 1]).range([height - 24, 10]);
        svg.append("g").attr("class", "axis").attr("transform", "translate(" + M.left + ",0)")
          .call(d3.svg.axis().scale(y).orient("left").ticks(5).tickFormat(function (v) { return v < 1e8 ? show(v) : d3.format("s")(v); }).tickSize(-(width - M.left - 8)));
        var w = (width - M.left - 8) / bars.length;
        bars.forEach(function (p, i) {
          var at = 0, g = svg.append("g").datum(p).attr("class", "bar").classed("dim", !selected(p));
          names.forEach(function (n) {
            var v = parts(p)[n] || 0;
            g.append("rect").attr("x", M.left + i * w).attr("width", Math.max(0.8, w - (w > 4 ? 1.5 : 0))).attr("fill", color(n))
              .attr("y", y(at + v)).attr("height", Math.max(0, y(at) - y(at + v)));
            at += v;
          });
          if (w > 18) {
            svg.append("text").attr("class", "label").attr("x", M.left + (i + 0.5) * w).attr("y", height - 8).attr("text-anchor", "middle").text(p.point);
          }
          hover(g, function () {
            return describe(p) + "\n\n" + names.map(function (n) {
              return n + ": " + show(parts(p)[n] || 0) + " (" + show(100 * (parts(p)[n] || 0) / total(p)) + " %)";
            }).join("\n");
          });
        });
        legend(holder, names.map(function (n) { return {color: color(n), text: n}; }));
      }
      draw();
      return draw;
    }

    // Per engine of one point: its roof, and the workload's kernels under it.
    function rooflines() {
      var shown = done.filter(function (p) { return d3.values(p.roofline || {}).some(function (e) { return e.kernels.length; }); });
      if (!shown.length) return;
      var box = card(parent, "Rooflines", "What an engine can do at most, by the work it has for a byte: the slope is one direction of its bus port, " +
        "the level its arithmetic. Each dot is a kernel of the workload at the chosen point.", true);
      var controls = box.append("div").attr("class", "controls"), holder = box.append("div").attr("class", "halves");
      var chosen = shown.filter(function (p) { return p.point === answer.best; })[0] || shown[0];
      choice(controls, "point", shown.map(function (p) {
        return {value: String(p.point), text: p.point + (p.point === answer.best ? " (fastest)" : p.point === answer.knee ? " (knee)" : "")};
      }), String(chosen.point), function (v) {
        chosen = shown.filter(function (p) { return String(p.point) === v; })[0];
        draw();
      });
      function draw() {
        holder.html("");
        Object.keys(chosen.roofline).forEach(function (kind) {
          var engine = chosen.roofline[kind];
          if (engine.kernels.length) roof(holder.append("div"), kind, engine);
        });
      }
      function roof(div, kind, e) {
        div.append("strong").text(kind.toUpperCase() + ": at most " + show(e.peak) + " " + e.unit + " and " + show(e.bytes_per_cycle) + " bytes a cycle");
        var svg = canvas(div, H).attr("class", "roofline"), ridge = e.peak / e.bytes_per_cycle;
        var xs = e.kernels.map(function (k) { return k.intensity; }).concat(ridge);
        var ys = e.kernels.map(function (k) { return k.speed; }).concat(e.peak);
        var x = d3.scale.log().domain([d3.min(xs) / 3, d3.max(xs) * 3]).range([M.left, W - M.right]);
        var y = d3.scale.log().domain([d3.min(ys) / 2, e.peak * 1.6]).range([H - M.bottom, M.top]);
        svg.append("g").attr("class", "axis").attr("transform", "translate(" + M.left + ",0)")
          .call(d3.svg.axis().scale(y).orient("left").ticks(5, ",.3g").tickSize(-(W - M.left - M.right)));
        svg.append("g").attr("class", "axis").attr("transform", "translate(0," + (H - M.bottom) + ")")
          .call(d3.svg.axis().scale(x).orient("bottom").ticks(5, ",.3g").tickSize(5));
        var low = Math.max(x.domain()[0], y.domain()[0] / e.bytes_per_cycle);
        svg.append("path").attr("class", "roof").attr("d", "M" + [[low, low * e.bytes_per_cycle], [ridge, e.peak], [x.domain()[1], e.peak]]
          .map(function (p) { return x(p[0]) + "," + y(p[1]); }).join("L"));
        e.kernels.forEach(function (k, i) {
          var g = svg.append("g").datum(k).attr("class", "kernel"), right = x(k.intensity) > W - 130;
          g.append("circle").attr("cx", x(k.intensity)).attr("cy", y(k.speed)).attr("r", 5).attr("fill", COLORS[i % COLORS.length]);
          g.append("text").attr("x", x(k.intensity) + (right ? -8 : 8)).attr("y", y(k.speed) + 4)
            .attr("text-anchor", right ? "end" : "start").text(k.name);
          hover(g, function (k) {
            var most = Math.min(e.peak, k.intensity * e.bytes_per_cycle);
            return k.name + "\n" + show(k.speed) + " " + e.unit + " a cycle, " + show(100 * k.speed / most) + " % of what its " +
              show(k.intensity) + " a byte allow\n" + show(k.work) + " " + e.unit + " in " + show(k.cycles) + " cycles";
          });
        });
        svg.append("text").attr("class", "label").attr("x", W - M.right).attr("y", H - 8).attr("text-anchor", "end").text(e.unit + " a byte");
        svg.append("text").attr("class", "label").attr("transform", "translate(14," + M.top + ") rotate(-90)").attr("text-anchor", "end").text(e.unit + " a cycle");
      }
      draw();
    }

    // Both measurements of the points that were also run in RTL, and what they say of each figure.
    function calibration() {
      var c = sweep.calibration, box = card(parent, "Calibration: twins against RTL", c.text +
        " Errors are magnitudes; the filter in-rtl shows the points.", true).classed("calibration", true);
      var measured = sweep.points.filter(function (p) { return p.rtl && p.rtl.errors; });
      if (!measured.length) return;
      var columns = box.append("div").attr("class", "halves"), figure = "latency_us";
      var left = columns.append("div"), controls = left.append("div").attr("class", "controls"), holder = left.append("div");
      choice(controls, "error of", metricOptions.filter(function (o) { return metric[o.value].error_worst !== undefined; }),
        figure, function (v) { figure = v; draw(); });
      function draw() {
        holder.html("");
        var svg = canvas(holder, H).attr("class", "errors");
        var worst = Math.max(c.worst_bound, metric[figure].error_worst) * 1.1;
        var y = d3.scale.linear().domain([-worst, worst]).range([H - M.bottom, M.top]);
        svg.append("g").attr("class", "axis").attr("transform", "translate(" + M.left + ",0)")
          .call(d3.svg.axis().scale(y).orient("left").ticks(7).tickFormat(function (v) { return v + " %"; }).tickSize(-(W - M.left - M.right)));
        [-c.worst_bound, 0, c.worst_bound].forEach(function (v) {
          svg.append("line").attr("class", v ? "bound" : "zero").attr("x1", M.left).attr("x2", W - M.right).attr("y1", y(v)).attr("y2", y(v));
        });
        var w = (W - M.left - M.right) / measured.length;
        measured.forEach(function (p, i) {
          var e = p.rtl.errors[figure] || 0, x = M.left + (i + 0.5) * w;
          var g = svg.append("g").datum(p).attr("class", "error-bar");
          g.append("line").attr("x1", x).attr("x2", x).attr("y1", y(0)).attr("y2", y(e));
          g.append("circle").attr("cx", x).attr("cy", y(e)).attr("r", 5);
          svg.append("text").attr("class", "label").attr("x", x).attr("y", H - M.bottom + 16).attr("text-anchor", "middle").text(p.point);
          hover(g, function (p) {
            return metric[figure].label + ": " + show(p.metrics[figure]) + rtlText(p, figure) + "\nerror " + error(e) + "\n\n" + describe(p);
          });
        });
        svg.append("text").attr("class", "label").attr("x", W - M.right).attr("y", H - 8).attr("text-anchor", "end").text("point; dashed: the bound of one point");
      }
      draw();
      var t = columns.append("div").attr("class", "scroll").append("table");
      var head = t.append("thead").append("tr"), body = t.append("tbody");
      ["figure", "mean error", "worst error", "at point", "within the bound"].forEach(function (h) { head.append("th").text(h); });
      c.figures.forEach(function (f) {
        var tr = body.append("tr").attr("class", f.within ? null : "best");
        [f.label, error(f.mean), error(f.worst), f.point, f.within ? "yes" : "no"].forEach(function (v) { tr.append("td").text(v); });
      });
    }

    // "gemm.rows=16 latency_us<500 failed": every word must hold; other words are looked for.
    function parseFilter(text) {
      var words = text.trim().split(/\s+/).filter(String).map(function (word) {
        var m = /^([\w.]+)(<=|>=|!=|=|<|>)(.+)$/.exec(word);
        if (!m) return function (p) { return haystack(p).indexOf(word.toLowerCase()) >= 0; };
        var axis = sweep.axes.map(function (a) { return a.key; }).indexOf(m[1]), number = Number(m[3]);
        return function (p) {
          var v = axis >= 0 ? p.values[axis] : m[1] === "point" ? p.point : p.metrics && p.metrics[m[1]];
          if (v === undefined || v === null) return false;
          if (m[2] === "=") return isNaN(number) ? String(v) === m[3] : Number(v) === number;
          if (m[2] === "!=") return isNaN(number) ? String(v) !== m[3] : Number(v) !== number;
          v = Number(v);
          return m[2] === "<" ? v < number : m[2] === ">" ? v > number : m[2] === "<=" ? v <= number : v >= number;
        };
      });
      return function (p) { return words.every(function (w) { return w(p); }); };
    }
    function haystack(p) {
      return [p.status, p.error || "", p.rtl ? "in-rtl" : ""].concat(sweep.axes.map(function (a, i) { return a.key + "=" + p.values[i]; })).join(" ").toLowerCase();
    }

    function table(redraw) {
      var box = card(parent, "All points", "Click a heading to sort. Filter: words such as " + sweep.axes[0].key + "=" +
        sweep.axes[0].values[0] + "  latency_us<1000  failed; the charts follow.", true);
      var input = box.append("input").attr("type", "search").attr("placeholder", "filter");
      var count = box.append("p").attr("class", "note count");
      var columns = [{name: "point", get: function (p) { return p.point; }}, {name: "status", get: function (p) { return p.status; }}]
        .concat(sweep.axes.map(function (a, i) {
          return {name: a.key, get: function (p) { var n = Number(p.values[i]); return isNaN(n) ? p.values[i] : n; }, plain: true};
        }), metrics.map(function (m) {
          return {name: m.name, title: named(m), errors: errorOf(m), get: function (p) { return p.metrics && p.metrics[m.name]; }};
        }));
      if (done.length < sweep.points.length) columns.push({name: "error", get: function (p) { return p.error; }});
      var sorted = columns[2 + sweep.axes.length] || columns[0], down = false;
      var t = box.append("div").attr("class", "scroll").append("table"), head = t.append("thead").append("tr"), body = t.append("tbody");
      head.selectAll("th").data(columns).enter().append("th")
        .attr("title", function (c) { return c.name; })
        .each(function (c) { d3.select(this).append("span").text(c.title || c.name); })
        .each(function (c) { if (c.errors) d3.select(this).append("small").text(c.errors); })
        .on("click", function (c) { down = sorted === c ? !down : false; sorted = c; fill(); });
      function fill() {
        head.selectAll("th").classed("sorted", function (c) { return c === sorted; }).classed("down", down);
        var rows = sweep.points.filter(selected).sort(function (p, q) {
          var a = sorted.get(p), b = sorted.get(q);
          if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
          return (a < b ? -1 : a > b ? 1 : p.point - q.point) * (down ? -1 : 1);
        });
        count.text(rows.length + " of " + sweep.points.length + " points");
        body.html("");
        var tr = body.selectAll("tr").data(rows).enter().append("tr").attr("class", function (p) {
          return p.point === answer.best ? "best" : p.point === answer.knee ? "knee" : null;
        });
        columns.forEach(function (c) {
          tr.append("td").attr("class", c.name === "error" ? "error" : null).text(function (p) {
            var v = c.get(p);
            return (c.plain || c.name === "point" ? v : show(v)) + rtlText(p, c.name);
          });
        });
      }
      function apply(text) {
        selected = parseFilter(text);
        fill();
        redraw();
      }
      input.on("input", function () { apply(this.value); });
      var given = /[#&]filter=([^&]*)/.exec(window.location.hash);
      if (given) {
        input.property("value", decodeURIComponent(given[1]));
        apply(input.property("value"));
      } else {
        fill();
      }
    }

    drawAnswer();
    var redraws = [];
    if (done.length) {
      redraws.push(scatter("Latency against area", "latency_us", "area_mm2", "pareto"));
      redraws.push(scatter("Energy against latency", "energy_uj", "latency_us", "pareto-energy"));
      heatMap();
      sensitivity();
      redraws.push(stacks());
      rooflines();
      if (sweep.calibration) calibration();
    }
    table(function () { redraws.forEach(function (f) { f(); }); });
  }

  var main = d3.select("#sweeps").classed("two", data.sweeps.length > 1);
  var first = data.sweeps[0], workload = first.identity.workload;
  var described = {
    generation: function (w) { return "text generation, at most " + w.max_tokens + " tokens from \"" + w.prompt + "\""; },
    llm: function (w) {
      return "a language model of " + w.shape.n_layers + " layers of " + w.shape.dim + ", a prompt of " + w.prompt_tokens +
        " tokens and " + w.generate_tokens + " more";
    },
    gemm_csv: function (w) { return w.layers.length + " matrix products"; }
  };
  d3.select("#subtitle").text(first.points.length + " points; " + described[workload.kind](workload) +
    (data.compare && data.compare.length ? ". Best point of the second against the first: " + data.compare.join("; ") : ""));
  data.sweeps.forEach(function (s) { new Sweep(s, main.append("div").attr("class", "sweep")); });
  d3.select("#sources").text("Area and energy are estimates to compare points with, from the table \"" + first.table.name +
    "\": no leakage, clock, control or registers. " + first.table.sources.join(". ") + ".");
}());
