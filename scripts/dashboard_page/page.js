// The charts of the page. All text goes in as text, never as markup: names of events come from anywhere.
'use strict';
(() => {
	const data = JSON.parse(document.getElementById('data').textContent);
	const dark = matchMedia('(prefers-color-scheme: dark)');
	const narrow = matchMedia('(max-width: 52rem)');
	const still = matchMedia('(prefers-reduced-motion: reduce)');
	const charts = new Map();

	// ----- words and numbers -----

	const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
	const three = new Intl.NumberFormat('en', {maximumSignificantDigits: 3});
	const signed = new Intl.NumberFormat('en', {minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'always'});
	const percent = (x) => x === null || x === undefined ? '–' : three.format(100 * x) + ' %';
	const day = (at) => at.slice(0, 10);
	const minute = (at) => at === null ? '–' : at.slice(0, 16).replace('T', ' ');
	const range = (low, high) => low === null || low === undefined ? '' : `${percent(low)} to ${percent(high)}`;

	function duration(seconds) {
		if (seconds === null) return '–';
		for (const [size, name] of [[86400, 'd'], [3600, 'h'], [60, 'min']])
			if (seconds >= size) return `${three.format(seconds / size)} ${name}`;
		return `${three.format(seconds)} s`;
	}

	// ----- parts of the page -----

	function make(tag, text, className) {
		const node = document.createElement(tag);
		if (text !== undefined && text !== null) node.textContent = text;
		if (className) node.className = className;
		return node;
	}

	function table(columns, rows) {
		const node = make('table');
		const head = node.createTHead().insertRow();
		const numeric = columns.map((_, i) => rows.length > 0 && rows.every((r) => r[i] === null || typeof r[i] === 'number' || /^[\d–][\d.,]*( (%|s|min|h|d))?$/.test(r[i])));
		columns.forEach((name, i) => head.append(make('th', name, numeric[i] ? 'number' : '')));
		const body = node.createTBody();
		for (const row of rows) {
			const line = body.insertRow();
			row.forEach((value, i) => line.append(make('td', typeof value === 'number' ? three.format(value) : value, numeric[i] ? 'number' : '')));
		}
		const scroll = make('div', null, 'scroll');
		scroll.tabIndex = 0;
		scroll.append(node);
		return scroll;
	}

	// The numbers behind a chart, for who cannot see it and for who wants to know.
	function numbers(section, columns, rows) {
		section.querySelector('details')?.remove();
		const details = make('details');
		details.append(make('summary', 'The numbers'), table(columns, rows));
		section.append(details);
	}

	function empty(section, says) {
		section.querySelectorAll('.chart').forEach((node) => node.remove());
		section.append(make('p', says, 'empty'));
	}

	const colours = () => dark.matches ?
		['#7fb0ff', '#f4b45e', '#5fd1a5', '#ff8a7a', '#c3a1ff', '#6fd3e3', '#f58cc0', '#b6d36a'] :
		['#1f5fd0', '#b86800', '#0b7a55', '#c0362c', '#6d3fc9', '#0a7686', '#b0246f', '#55760a'];
	const ink = () => getComputedStyle(document.documentElement).getPropertyValue('--ink').trim();
	const soft = () => getComputedStyle(document.documentElement).getPropertyValue('--soft').trim();
	const line = () => getComputedStyle(document.documentElement).getPropertyValue('--line').trim();
	const card = () => getComputedStyle(document.documentElement).getPropertyValue('--card').trim();

	const axis = (more) => ({axisLine: {lineStyle: {color: line()}}, axisLabel: {color: soft(), hideOverlap: true}, splitLine: {lineStyle: {color: line()}}, nameTextStyle: {color: soft()}, ...more});
	const legend = (more) => ({type: 'scroll', top: 0, textStyle: {color: ink()}, pageTextStyle: {color: soft()}, pageIconColor: soft(), ...more});
	const tooltip = (more) => ({renderMode: 'richText', confine: true, backgroundColor: card(), borderColor: line(), textStyle: {color: ink(), fontSize: 13}, ...more});

	// Draws; again when colours or width change. What was drawn is told in data-drawn, for the test.
	function draw(section, node, option, drawn) {
		const render = () => {
			charts.get(node)?.chart.dispose();
			const chart = echarts.init(node, null, {renderer: 'canvas'});
			chart.setOption({animation: !still.matches, color: colours(), backgroundColor: 'transparent', aria: {enabled: true}, textStyle: {fontFamily: 'inherit'}, ...option()});
			charts.set(node, {chart, render});
			if (drawn) section.dataset.drawn = JSON.stringify(drawn(chart.getOption().series));
		};
		render();
	}

	// ----- sections -----

	function tiles() {
		const t = data.totals;
		document.getElementById('when').textContent = data.as_of === null ? 'Nothing was refreshed yet: SELECT intent.refresh_bi();' :
			`As of ${minute(data.as_of)} UTC${data.tenant === '' ? '' : `, ${data.tenant}`}. Made ${minute(data.refreshed_at)} UTC.`;
		const list = document.getElementById('tiles');
		for (const [name, value] of [['People', t.people], ['of them known by name', t.identified], ['Sessions', t.sessions ?? 0], ['Events', t.events ?? 0]]) {
			const tile = make('div');
			tile.append(make('dt', name), make('dd', whole.format(value)));
			list.append(tile);
		}
	}

	// The greatest steps of each place by name, the others together.
	function pathLinks(most) {
		const size = new Map();
		const add = (place, step, k) => {
			if (!size.has(place)) size.set(place, new Map());
			size.get(place).set(step, (size.get(place).get(step) ?? 0) + k);
		};
		for (const [place, from, to, k] of data.edges) {
			if (place === 0) add(0, from, k);
			add(place + 1, to, k);
		}
		const kept = new Map([...size].map(([place, steps]) => [place,
			new Set([...steps].filter(([s]) => s !== '(end)').sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, most).map(([s]) => s))]));
		const name = (place, step) => step === '(end)' || kept.get(place)?.has(step) ? step : '(other)';
		const links = new Map();
		for (const [place, from, to, k] of data.edges) {
			const key = JSON.stringify([place, name(place, from), name(place + 1, to)]);
			links.set(key, (links.get(key) ?? 0) + k);
		}
		return [...links].map(([key, k]) => [...JSON.parse(key), k]);
	}

	function paths() {
		const section = document.getElementById('paths');
		if (data.edges.length === 0) return empty(section, 'No sessions yet.');
		draw(section, section.querySelector('.chart'), () => {
			const places = narrow.matches ? 3 : 5;
			const links = pathLinks(narrow.matches ? 4 : 7).filter(([place]) => place < places);
			const shown = [...new Set(links.flatMap(([, from, to]) => [from, to]))].filter((n) => !/^\((start|end|other)\)$/.test(n)).sort();
			// one step has one colour, wherever it stands
			const colour = (step) => shown.includes(step) ? colours()[shown.indexOf(step) % 8] : soft();
			const nodes = new Set(links.flatMap(([place, from, to]) => [`${place} ${from}`, `${place + 1} ${to}`]));
			return {
				tooltip: tooltip({formatter: (p) => p.dataType === 'edge' ?
					`${p.data.source.replace(/^\d+ /, '')} → ${p.data.target.replace(/^\d+ /, '')}: ${whole.format(p.data.value)}` :
					`${p.name.replace(/^\d+ /, '')}: ${whole.format(p.value)}`}),
				series: [{
					type: 'sankey', top: 10, bottom: 10, left: 4, right: narrow.matches ? 70 : 130, nodeGap: narrow.matches ? 8 : 12, nodeWidth: 12, draggable: false,
					emphasis: {focus: 'adjacency'}, lineStyle: {color: 'source', opacity: dark.matches ? .32 : .26, curveness: .5},
					label: {color: ink(), width: narrow.matches ? 64 : 124, overflow: 'truncate', formatter: (p) => p.name.replace(/^\d+ /, '')},
					data: [...nodes].map((n) => ({name: n, depth: Number(n.split(' ')[0]), itemStyle: {color: colour(n.replace(/^\d+ /, '')), borderWidth: 0}})),
					links: links.map(([place, from, to, k]) => ({source: `${place} ${from}`, target: `${place + 1} ${to}`, value: k})),
				}],
			};
		}, (series) => {
			const sums = {};
			for (const l of series[0].links) sums[l.source.split(' ')[0]] = (sums[l.source.split(' ')[0]] ?? 0) + l.value;
			return sums;
		});
		numbers(section, ['place', 'from', 'to', 'times', 'share', '95 % interval', 'takes'],
			data.edges.map(([place, from, to, k, n, share, low, high, seconds]) => [place, from, to, whole.format(k), percent(share), range(low, high), duration(seconds)]));
	}

	const seriesOf = (metric) => {
		const found = new Map();
		for (const [m, dimension, time, value, n, low, high] of data.series)
			if (m === metric) found.set(dimension, [...(found.get(dimension) ?? []), [time, value, n, low, high]]);
		return found;
	};

	function intents() {
		const section = document.getElementById('intents');
		const found = seriesOf('intent');
		if (found.size === 0) return empty(section, 'No scorecard is live yet: SELECT intent.promote_model(intent.register_model(\'default\', …));');
		// one model needs no name on each line
		const models = new Set([...found.keys()].map((d) => d.split(': ')[0]));
		const label = (d) => models.size === 1 ? d.slice(d.indexOf(': ') + 2) : d;
		draw(section, section.querySelector('.chart'), () => ({
			tooltip: tooltip({trigger: 'axis', formatter: (ps) => [day(ps[0].axisValueLabel ?? ''), ...ps.filter((p) => p.seriesName !== '').map((p) => `${p.marker ?? ''}${p.seriesName}: ${percent(p.value[1])}`)].join('\n')}),
			legend: legend({data: [...found.keys()].map(label)}), grid: {left: 8, right: 16, top: 40, bottom: 8, containLabel: true},
			xAxis: axis({type: 'time', splitLine: {show: false}}), yAxis: axis({type: 'value', min: 0, axisLabel: {color: soft(), formatter: percent}}),
			series: [...found].flatMap(([d, rows], i) => {
				const colour = colours()[i % 8];
				const band = (values, fill) => ({type: 'line', name: '', stack: `band ${d}`, stackStrategy: 'all', symbol: 'none', silent: true, tooltip: {show: false}, lineStyle: {opacity: 0}, areaStyle: fill ? {color: colour, opacity: .16} : undefined, data: values});
				return [
					{type: 'line', name: label(d), id: d, symbol: rows.length === 1 ? 'circle' : 'none', lineStyle: {width: 2}, color: colour, itemStyle: {color: colour}, data: rows.map(([t, v]) => [t, v])},
					band(rows.map(([t, v, n, low]) => [t, low ?? v]), false), band(rows.map(([t, v, n, low, high]) => [t, (high ?? v) - (low ?? v)]), true)];
			}),
		}), (series) => Object.fromEntries(series.filter((s) => s.name !== '').map((s) => [s.id, s.data[s.data.length - 1][1]])));
		numbers(section, ['day', 'intent', 'mean probability', '95 % interval', 'people'],
			[...found].flatMap(([d, rows]) => rows.map(([t, v, n, low, high]) => [day(t), label(d), percent(v), range(low, high), whole.format(n)])).reverse());
	}

	function funnel() {
		const section = document.getElementById('funnel');
		const names = [...new Set(data.funnels.map((f) => f[0]))];
		if (names.length === 0) return empty(section, 'No funnel yet: INSERT INTO intent.funnel_pattern (name, pattern) VALUES (\'purchase\', \'view -> cart -> buy\'); SELECT intent.refresh_bi();');
		const show = (name) => {
			const steps = data.funnels.filter((f) => f[0] === name);
			draw(section, section.querySelector('.chart'), () => ({
				tooltip: tooltip({trigger: 'item', formatter: (p) => { const s = steps[p.dataIndex]; return `${s[2]}\n${whole.format(s[4])} of ${whole.format(s[3])}: ${percent(s[5])} (${range(s[6], s[7])})`; }}),
				grid: {left: 8, right: 90, top: 8, bottom: 8, containLabel: true},
				xAxis: axis({type: 'value', max: steps[0][3], axisLabel: {show: false}, splitLine: {show: false}}),
				yAxis: axis({type: 'category', inverse: true, data: steps.map((s) => s[2]), axisTick: {show: false}, axisLabel: {color: ink(), width: narrow.matches ? 90 : 150, overflow: 'truncate'}}),
				series: [{type: 'bar', barMaxWidth: 34, showBackground: true, backgroundStyle: {color: line(), opacity: .35}, data: steps.map((s) => s[4]),
					label: {show: true, position: 'right', color: ink(), formatter: (p) => `${whole.format(p.value)} · ${percent(steps[p.dataIndex][5])}`}}],
			}), (series) => ({[name]: series[0].data}));
			numbers(section, ['step', 'people before', 'people', 'rate', '95 % interval', 'takes'],
				steps.map(([, , text, n, converted, rate, low, high, seconds]) => [text, whole.format(n), whole.format(converted), percent(rate), range(low, high), duration(seconds)]));
		};
		pick(section.querySelector('.pick'), 'Funnel', names.map((n) => [n, n]), show);
	}

	// A choice, if there is any.
	function pick(where, title, choices, show) {
		where.replaceChildren(...[...where.children].filter((c) => c.dataset.title !== title));
		if (choices.length > 1) {
			const label = make('label', `${title} `);
			const select = make('select');
			choices.forEach(([value, text]) => { const option = make('option', text); option.value = value; select.append(option); });
			select.addEventListener('change', () => show(select.value));
			label.append(select);
			label.dataset.title = title;
			where.append(label);
		}
		show(choices[0][0]);
	}

	function divergence() {
		const section = document.getElementById('divergence');
		if (data.divergence.length === 0) return empty(section, 'Nobody was in the middle of a session at that time.');
		const names = [...new Set(data.divergence.map((d) => d[1]))];
		const most = Math.min(1, Math.max(.01, ...data.divergence.map((d) => Math.max(d[2], d[3]))) * 1.05);
		draw(section, section.querySelector('.chart'), () => ({
			tooltip: tooltip({formatter: (p) => `person ${p.value[2]}, ${p.seriesName}\nmomentary ${percent(p.value[1])}, overarching ${percent(p.value[0])}`}),
			legend: legend({data: names}), grid: {left: 8, right: 20, top: 40, bottom: 28, containLabel: true},
			xAxis: axis({type: 'value', name: 'overarching', nameLocation: 'middle', nameGap: 26, min: 0, max: most, axisLabel: {color: soft(), hideOverlap: true, showMaxLabel: false, formatter: percent}}),
			yAxis: axis({type: 'value', name: narrow.matches ? '' : 'momentary', nameLocation: 'middle', nameGap: 44, min: 0, max: most, axisLabel: {color: soft(), showMaxLabel: false, formatter: percent}}),
			series: [...names.map((n) => ({type: 'scatter', name: n, symbolSize: 8, itemStyle: {opacity: .75}, data: data.divergence.filter((d) => d[1] === n).map((d) => [d[3], d[2], d[0]])})),
				{type: 'line', name: '', silent: true, symbol: 'none', lineStyle: {color: soft(), type: 'dashed', width: 1}, data: [[0, 0], [most, most]]}],
		}), (series) => Object.fromEntries(series.filter((s) => s.name !== '').map((s) => [s.name, s.data.length])));
		numbers(section, ['person', 'intent', 'momentary', 'overarching', 'divergence', 'stage'],
			[...data.divergence].sort((a, b) => Math.abs(b[4]) - Math.abs(a[4])).slice(0, 200).map((d) => [String(d[0]), d[1], percent(d[2]), percent(d[3]), three.format(d[4]), d[5]]));
	}

	function stacked(id, metric, order, format, says) {
		const section = document.getElementById(id);
		const found = seriesOf(metric);
		if (found.size === 0) return empty(section, says);
		const names = order ?? [...found.keys()].sort((a, b) => total(found.get(b)) - total(found.get(a)));
		draw(section, section.querySelector('.chart'), () => ({
			tooltip: tooltip({trigger: 'axis', formatter: (ps) => [day(ps[0].axisValueLabel ?? ''), ...ps.map((p) => `${p.seriesName}: ${format(p.value[1])}`)].join('\n')}),
			legend: legend(), grid: {left: 8, right: 16, top: 40, bottom: 8, containLabel: true},
			xAxis: axis({type: 'time', splitLine: {show: false}}), yAxis: axis({type: 'value', max: metric === 'share of channel' ? 1 : null, axisLabel: {color: soft(), formatter: format}}),
			series: names.map((n) => ({type: 'line', name: n === '' ? '(none)' : n, id: n, stack: 'all', symbol: 'none', areaStyle: {opacity: .55}, lineStyle: {width: 1}, data: days(found).map((t) => [t, found.get(n)?.find((r) => r[0] === t)?.[1] ?? 0])})),
		}), (series) => Object.fromEntries(series.map((s) => [s.id, s.data.reduce((sum, d) => sum + d[1], 0)])));
		numbers(section, ['day', metric.split(' ').pop(), 'value', 'of'], [...found].flatMap(([d, rows]) => rows.map(([t, v, n]) => [day(t), d === '' ? '(none)' : d, format(v), whole.format(n)])).sort((a, b) => a[0] < b[0] ? 1 : a[0] > b[0] ? -1 : 0));
	}
	const total = (rows) => rows.reduce((sum, r) => sum + r[1], 0);
	const days = (found) => [...new Set([...found.values()].flatMap((rows) => rows.map((r) => r[0])))].sort();

	function person() {
		const section = document.getElementById('person');
		if (data.people.length === 0) return empty(section, 'Nobody to show.');
		const choices = section.querySelector('.pick');
		pick(choices, 'Person', data.people.map((p) => [String(p.person), p.top_intent === null ? `${p.person}` : `${p.person}: ${p.top_intent} ${percent(p.probability)}`]), (id) => {
			const who = data.people.find((p) => String(p.person) === id);
			timeline(section, who);
			const scores = who.scores ?? [];
			const explained = scores.filter((s) => (who.reasons ?? []).some((r) => r[0] === s[2]));
			section.querySelector('.explanation').hidden = explained.length === 0;
			if (explained.length > 0)
				pick(choices, 'Intent', explained.map((s) => [s[2], `${s[2]}: ${percent(s[3])}`]), (intent) => explanation(section, who, intent));
			if (choices.querySelectorAll('label').length === 0)
				choices.append(make('p', `Person ${who.person}`));
			numbers(section, ['intent', 'probability', 'percentile', 'momentary', 'divergence', 'stage', 'confidence', 'status', 'by'],
				scores.map((s) => [s[2], percent(s[3]), s[4], percent(s[5]), s[7], s[8], percent(s[9]), s[10], `${s[0]} ${s[1]}`]));
		});
	}

	function timeline(section, who) {
		const events = who.timeline ?? [];
		const name = (e) => e[1] === null ? e[2] : `${e[1]}:${e[2]}`;
		const count = new Map();
		for (const e of events) count.set(name(e), (count.get(name(e)) ?? 0) + 1);
		const rows = [...count].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 14).map(([n]) => n);
		const other = count.size > rows.length ? ['(other)'] : [];
		draw(section, section.querySelector('.timeline'), () => ({
			tooltip: tooltip({formatter: (p) => `${minute(p.value[0])} UTC\n${p.value[2]}${p.value[3] === null ? '' : `, ${three.format(p.value[3])}`}`}),
			grid: {left: 8, right: 16, top: 8, bottom: 8, containLabel: true},
			xAxis: axis({type: 'time'}),
			yAxis: axis({type: 'category', inverse: true, data: [...rows, ...other], axisTick: {show: false}, axisLabel: {color: ink(), width: narrow.matches ? 100 : 180, overflow: 'truncate'}, splitLine: {show: true, lineStyle: {color: line()}}}),
			series: [{type: 'scatter', symbolSize: 9, itemStyle: {opacity: .7}, data: events.map((e) => [e[0], rows.includes(name(e)) ? name(e) : '(other)', name(e), e[3]])}],
		}));
	}

	function explanation(section, who, intent) {
		const lines = who.reasons.filter((r) => r[0] === intent).map((r) => [r[2] === null ? r[1] : `${r[1]}, ${r[2]}`, Number(r[5]), r[3], r[4]]);
		const score = who.scores.find((s) => s[2] === intent);
		section.querySelector('.reasons').replaceChildren(...[score[11], score[12], score[13]].filter((r) => r !== null).map((r) => make('li', r)));
		draw(section, section.querySelector('.explanation'), () => ({
			tooltip: tooltip({formatter: (p) => { const l = lines[p.dataIndex]; return `${l[0]}\n${signed.format(l[1])} in log-odds${l[2] === null ? '' : `, ${whole.format(l[2])} times`}`; }}),
			grid: {left: 8, right: 56, top: 8, bottom: 30, containLabel: true},
			xAxis: axis({type: 'value', name: 'adds to the log-odds', nameLocation: 'middle', nameGap: 26}),
			yAxis: axis({type: 'category', inverse: true, data: lines.map((l) => l[0]), axisTick: {show: false}, axisLabel: {color: ink(), width: narrow.matches ? 110 : 260, overflow: 'truncate'}, splitLine: {show: false}}),
			series: [{type: 'bar', barMaxWidth: 22, data: lines.map((l) => ({value: l[1], itemStyle: {color: l[1] < 0 ? colours()[3] : colours()[0]}})),
				label: {show: true, position: 'right', color: ink(), formatter: (p) => signed.format(p.value)}}],
		}), (series) => ({person: who.person, intent, evidence: series[0].data.reduce((sum, d) => sum + d.value, 0)}));
	}

	function identity() {
		const section = document.getElementById('identity');
		const sizes = data.identity.filter((i) => i[1] === 'persons of so many identifiers');
		if (sizes.length === 0) return empty(section, 'No identities yet.');
		const order = (s) => Number.parseInt(s, 10);
		const names = [...new Set(sizes.map((i) => i[2]))].sort((a, b) => order(a) - order(b));
		const graphs = [...new Set(sizes.map((i) => i[0]))];
		draw(section, section.querySelector('.chart'), () => ({
			tooltip: tooltip({formatter: (p) => `${p.name} identifiers: ${whole.format(p.value)} people`}), legend: graphs.length > 1 ? legend() : undefined,
			grid: {left: 8, right: 16, top: graphs.length > 1 ? 40 : 24, bottom: 28, containLabel: true},
			xAxis: axis({type: 'category', data: names, name: 'identifiers', nameLocation: 'middle', nameGap: 28, axisTick: {show: false}}), yAxis: axis({type: 'value'}),
			series: graphs.map((g) => ({type: 'bar', name: g, barMaxWidth: 44, data: names.map((n) => sizes.find((i) => i[0] === g && i[2] === n)?.[3] ?? 0), label: {show: true, position: 'top', color: ink(), formatter: (p) => p.value === 0 ? '' : whole.format(p.value)}})),
		}), (series) => Object.fromEntries(series.map((s) => [s.name, s.data.reduce((sum, n) => sum + n, 0)])));
		numbers(section, ['graph', 'what', 'of', 'how many'], data.identity.map(([g, measure, subject, n]) => [g, measure, subject, whole.format(n)]));
	}

	function freshness() {
		const section = document.getElementById('freshness');
		const where = section.querySelector('.tables');
		const rows = data.freshness.map(([kind, name, refreshed, seen, behind, watched, state, added, removed, moved]) =>
			[kind, name, minute(refreshed), duration(behind), watched ? 'yes' : 'no', state ?? 'never', added === null ? null : whole.format(added), removed === null ? null : whole.format(removed), moved === null ? null : whole.format(moved)]);
		where.append(rows.length === 0 ? make('p', 'No sources yet.', 'empty') : table(['', 'name', 'refreshed (UTC)', 'ago', 'watched', 'state', 'added', 'removed', 'moved'], rows));
		const found = data.quality.map(([source, check, severity, n, share, low, high, sample]) => [source, check, severity, n === null ? null : whole.format(n), percent(share), range(low, high), sample]);
		where.append(found.length === 0 ? make('p', 'The checks of data quality found nothing.', 'empty') : table(['source', 'check', 'severity', 'rows', 'share', '95 % interval', 'one of them'], found));
		section.dataset.drawn = JSON.stringify({sources: data.freshness.filter((f) => f[0] === 'source').length, found: found.length});
	}

	tiles();
	paths();
	intents();
	funnel();
	divergence();
	stacked('segments', 'size of segment', ['new', 'active', 'lapsing', 'dormant'], (x) => whole.format(x), 'No days yet.');
	stacked('channels', 'share of channel', null, percent, 'No days yet.');
	person();
	identity();
	freshness();

	const again = () => charts.forEach(({render}) => render());
	dark.addEventListener('change', again);
	narrow.addEventListener('change', again);
	let waiting = 0;
	addEventListener('resize', () => { clearTimeout(waiting); waiting = setTimeout(() => charts.forEach(({chart}) => chart.resize()), 100); });
	document.documentElement.dataset.ready = 'yes';
})();
