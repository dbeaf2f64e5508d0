"""Every CSS rule of the app. Colours are written once, as ``light-dark(…)``, so that HTML follows a change of theme."""

from __future__ import annotations

from functools import cache

from sqm.tokens import DARK, LIGHT


@cache
def css(lang: str) -> str:
    """The style block, put on the page once per run."""
    names = [name for name in LIGHT if name != "ramp"]
    tokens = "".join(f"--sqm-{n.replace('_', '-')}:light-dark({LIGHT[n]},{DARK[n]});" for n in names)
    ramp = "".join(
        f"--sqm-ramp-{i}:light-dark({a},{b});" for i, (a, b) in enumerate(zip(LIGHT["ramp"], DARK["ramp"], strict=True))
    )
    return f"<style>.stApp{{{tokens}{ramp}}}{_RULES}{_ZH if lang == 'zh' else ''}</style>"


_RULES = """
.stApp{font-variant-numeric:tabular-nums lining-nums;word-break:keep-all;line-break:strict;overflow-wrap:anywhere}
.stApp .stMainBlockContainer{padding:62px 20px 20px;max-width:none}
.stApp [data-testid="stVerticalBlock"]{gap:12px}
.stApp svg text{font-variant-numeric:tabular-nums lining-nums}
.stApp [data-testid="stElementContainer"]:has(> .stHtml > style),
.stApp [data-testid="stElementContainer"]:has(> .stHtml > script){display:none}
.st-key-head{border:0}
.stApp [data-testid="stLayoutWrapper"]:has(> .st-key-browser){position:absolute;height:0;overflow:hidden}
.st-key-chips > div:first-child{flex:1 1 80px;min-width:0;width:auto}
.stApp [data-testid="stCaptionContainer"]{opacity:1;color:var(--sqm-muted)}
.stApp [data-testid="stCaptionContainer"] *{color:inherit}
.sqm-crumb{font-size:13px;color:var(--sqm-muted);line-height:18px}
.stApp h1.sqm-finding{font-size:22px;line-height:30px;font-weight:700;margin:0;padding:0;text-wrap:pretty}
.sqm-asof{font-size:12px;margin-left:10px;white-space:nowrap}
.st-key-chips [data-baseweb="select"] > div{min-height:32px;height:32px;font-size:13px;background:transparent}
.st-key-chips [data-testid="stSelectbox"] > div > div{min-height:32px}
[data-testid="stSelectboxVirtualDropdown"]{min-width:212px}
.st-key-chips button{min-height:32px;padding:0 10px}
.st-key-finding .stHtml:has(.sqm-base){display:flex;flex-wrap:wrap;align-items:baseline;gap:0 14px}
.sqm-base{font-size:12.5px;color:var(--sqm-muted);line-height:20px;white-space:nowrap}
.st-key-finding{min-height:30px}
.sqm-news{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;line-height:22px;color:var(--sqm-muted)}
.stApp .sqm-news a{text-decoration:none;font-weight:600;color:var(--sqm-muted)}.stApp .sqm-news a.worse{color:var(--sqm-worse)}
.stApp .sqm-news a.better{color:var(--sqm-better)}.stApp .sqm-news a:is(:hover,:focus-visible){text-decoration:underline}
.sqm-briefing{display:grid;grid-template-columns:1.28fr 1fr 1.06fr;border:1px solid var(--sqm-line);border-radius:10px}
.sqm-briefing:lang(en){grid-template-columns:1.72fr 1.12fr .92fr}
.sqm-briefing section{padding:8px 14px;border-left:1px solid var(--sqm-line)}.sqm-briefing section:first-child{border-left:0}
.stApp .sqm-briefing h2{font-size:12px;line-height:18px;font-weight:400;margin:0;padding:0;color:var(--sqm-muted)}
.stApp .sqm-briefing p{font-size:14px;line-height:21px;margin:0;text-wrap:pretty}.sqm-briefing b{white-space:nowrap}
.stApp .sqm-briefing a{color:inherit;font-weight:600;text-decoration:underline dotted var(--sqm-muted);text-underline-offset:3px}
.stApp .sqm-briefing a:is(:hover,:focus-visible){color:var(--sqm-accent)}.st-key-briefing{min-height:66px}
.st-key-clear_sample button{color:var(--sqm-muted);font-size:12px;background:var(--sqm-sunken);border-radius:8px;min-height:24px!important}
.st-key-block_nps,.st-key-handling,.st-key-tickets{scroll-margin-top:60px}
.st-key-map [data-testid="stDeckGlJsonChart"]{overflow:visible}
.st-key-sample > div:first-child{flex:1 1 200px;min-width:0;width:auto}
.st-key-sample{background:var(--sqm-sunken);border-radius:8px;padding:2px 12px;min-height:32px}
.sqm-sample{font-size:12.5px;color:var(--sqm-muted)}
.sqm-block{display:flex;justify-content:space-between;gap:16px;align-items:baseline;font-size:13px;line-height:20px;width:100%}
.sqm-block span{font-size:12px;color:var(--sqm-muted);text-align:right}
.stApp [class*="st-key-blockhead_"] > div:first-child{flex:1 1 0;min-width:0;width:auto}
.stApp [class*="st-key-blockhead_"] > div:last-child:not(:first-child){flex:0 0 auto;width:auto}
.stApp [class*="st-key-menu_"] button{min-height:24px;padding:0 6px;color:var(--sqm-muted)}
.sqm-legend{font-size:12px;color:var(--sqm-muted);display:flex;flex-wrap:wrap;gap:4px 14px;line-height:18px}
.sqm-legend i{display:inline-block;width:12px;height:10px;border-radius:3px;margin-right:5px;vertical-align:-1px}
.sqm-legend i.box{box-shadow:inset 0 0 0 1px var(--sqm-line)}
.sqm-legend i.dot{width:9px;height:9px;border-radius:50%;vertical-align:0}
.sqm-legend i.ring{width:9px;height:9px;border-radius:50%;border:1.5px solid var(--sqm-unclear);vertical-align:-1px}
.sqm-cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));border-bottom:1px solid var(--sqm-line)}
.sqm-card{padding:8px 16px 10px;border-left:1px solid var(--sqm-line);min-width:0}
.stApp a.sqm-card{display:block;text-decoration:none;color:inherit}.stApp a.sqm-card:is(:hover,:focus-visible) .name{color:var(--sqm-accent)}
.sqm-card:first-child{border-left:0;padding-left:4px}
.sqm-card .name{font-size:13px;color:var(--sqm-muted);line-height:18px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.sqm-card .name small{font-size:11.5px;margin-left:4px}
.sqm-card .value{font-size:26px;font-weight:700;line-height:34px}
.sqm-card .value small{font-size:14px;font-weight:400;margin-left:2px}
.sqm-card .value em{font-style:normal;font-size:13px;font-weight:400;color:var(--sqm-muted);margin-left:6px}
.sqm-card .foot{display:flex;flex-wrap:wrap;justify-content:space-between;font-size:12px;color:var(--sqm-muted);line-height:18px;gap:0 8px}
.sqm-card .foot span{white-space:nowrap}
.sqm-cards:not(.two):lang(en) .foot span{flex-basis:100%}
.sqm-spark{position:relative;height:36px;margin:2px 0 4px}
.sqm-spark img{width:100%;height:100%;display:block}
.sqm-spark i{position:absolute;right:-3px;width:7px;height:7px;border-radius:50%;margin-top:-3.5px;background:var(--sqm-unclear)}
.sqm-spark i.hollow{background:var(--sqm-background);border:1.5px solid var(--sqm-unclear)}
.better{color:var(--sqm-better)}.worse{color:var(--sqm-worse)}.unclear{color:var(--sqm-muted)}
b.better,b.worse{font-weight:700}
.sqm-tiles{display:grid;gap:6px}
.sqm-tiles a.tile{border:1px solid var(--sqm-line);border-radius:9px;padding:7px 10px;display:flex;flex-direction:column;
 text-decoration:none;color:var(--sqm-text);min-width:0;height:104px}
.sqm-tiles a.tile:hover,.sqm-tiles a.tile:focus-visible{border-color:var(--sqm-accent)}
.sqm-tiles a.tile.worse{background:var(--sqm-worse-tint);color:var(--sqm-text)}
.sqm-tiles a.tile.better{background:var(--sqm-better-tint);color:var(--sqm-text)}
.sqm-tiles a.tile.small{border-style:dashed}
.sqm-tiles .top{display:flex;justify-content:space-between;gap:6px;font-size:13px;line-height:20px;white-space:nowrap}
.sqm-tiles .top b{overflow:hidden;text-overflow:ellipsis}
.sqm-tiles .top em{font-style:normal;font-size:11.5px;color:var(--sqm-muted)}
.sqm-tiles .sqm-spark{flex:1;height:auto;min-height:20px}
.sqm-tiles .word{font-size:12px;line-height:18px}
.sqm-counts{display:flex;gap:28px;flex-wrap:wrap}.sqm-count b{display:block;font-size:18px;line-height:24px}
.sqm-count span,.sqm-note{font-size:12px;color:var(--sqm-muted)}.sqm-count.worse b{color:var(--sqm-worse)}
.sqm-files{border-collapse:collapse;font-size:13px;line-height:20px;width:100%}.sqm-files th,.sqm-files td{padding:3px 20px 3px 0;text-align:left;
font-weight:400;border:0;vertical-align:top}.sqm-files .sqm-state{white-space:nowrap;color:var(--sqm-muted)}.sqm-files .ready .sqm-state{font-weight:700;color:inherit}
.sqm-files .refused .sqm-state{color:var(--sqm-worse)}.sqm-files td:last-child{color:var(--sqm-muted);width:60%}
.sqm-moves{border-collapse:collapse;font-size:13px;line-height:20px;max-width:100%}
.sqm-moves th,.sqm-moves td{padding:3px 20px 3px 0;text-align:left;font-weight:400;white-space:nowrap;vertical-align:top;border:0}
.sqm-moves thead th{font-size:12px;color:var(--sqm-muted)}.sqm-moves td:last-child{color:var(--sqm-muted)}
.sqm-scroll{overflow-x:auto}.stApp .sqm-table a{color:inherit;text-decoration:underline dotted var(--sqm-muted);text-underline-offset:3px}
.stApp .sqm-table a:is(:hover,:focus-visible){color:var(--sqm-accent)}
.sqm-table{width:100%}.sqm-moves.sqm-table td{color:inherit;border-top:1px solid var(--sqm-line)}
.sqm-moves.sqm-table td.unclear{color:var(--sqm-muted)}.sqm-moves.sqm-table td.worse{color:var(--sqm-worse)}
.sqm-moves.sqm-table td.better{color:var(--sqm-better)}.sqm-moves.sqm-table td.strong{font-weight:700}
.sqm-moves.sqm-table td.wrap{white-space:normal;min-width:11em}
.sqm-moves .n{text-align:right}.sqm-moves tr.first th,.sqm-moves tr.first td{border-top:1px solid var(--sqm-line)}
.sqm-cards.two{grid-template-columns:1fr 1fr;border:0}.sqm-cards.two .sqm-card{border-left:0;border-top:1px solid var(--sqm-line);padding-left:4px}
.sqm-store{display:flex;justify-content:space-between;align-items:baseline;gap:12px;font-size:18px;line-height:26px}.sqm-store span{font-size:30px;font-weight:700}
.sqm-pill{display:inline-block;border-radius:10px;padding:0 10px;font-size:12px;line-height:20px;background:var(--sqm-unclear-tint);color:var(--sqm-muted);font-weight:700}
.sqm-pill.worse{background:var(--sqm-worse-tint);color:var(--sqm-worse)}.sqm-pill.better{background:var(--sqm-better-tint);color:var(--sqm-better)}
/* The element's own toolbar covers the menu, speaks English, and its download leaves formulas as they are. */
.stElementContainer:has(.stVegaLiteChart,[data-testid="stDeckGlJsonChart"]) [data-testid="stElementToolbar"]{display:none}
[data-testid="stElementToolbar"] [data-testid="stElementToolbarButton"]:has([aria-label="Download as CSV"]){display:none}
@media (max-width:1360px) and (min-width:901px){.sqm-tiles:lang(en) .top{flex-wrap:wrap;gap:0 6px}.sqm-tiles:lang(en) .top > b{flex-basis:100%}
 .sqm-tiles:lang(en) a.tile{height:98px}}
@media (max-height:800px){.stApp .stMainBlockContainer{padding-top:56px}.stApp [data-testid="stVerticalBlock"]{gap:8px}
 .st-key-sample{padding:0 12px;min-height:28px}.st-key-sample button{min-height:26px}
 .sqm-briefing section{padding:5px 14px}.stApp .sqm-briefing p{font-size:13px;line-height:18px}
 .sqm-card{padding:6px 16px 6px}.sqm-card .value{font-size:22px;line-height:28px}.sqm-spark{height:24px}
 .sqm-tiles a.tile{height:79px;padding:4px 10px}.sqm-tiles .top,.sqm-tiles .word{line-height:17px}
 .sqm-tiles:lang(en) a.tile{height:80px;padding:4px 10px}.sqm-tiles:lang(en) :is(.top,.word){line-height:15px}}
@media (min-width:641px) and (max-width:1000px){.stApp .stHorizontalBlock:has(> .stColumn){flex-wrap:wrap}
 .stApp .stHorizontalBlock > .stColumn{min-width:min(380px,100%)}}
@media (max-width:480px){.stApp .sqm-card{border-left:0;border-top:1px solid var(--sqm-line);padding-left:4px}
 .stApp .sqm-card:first-child{border-top:0}}
@media (max-width:900px){.stApp .sqm-briefing{grid-template-columns:1fr}.sqm-briefing section{border-left:0;border-top:1px solid var(--sqm-line)}
 .sqm-briefing section:first-child{border-top:0}
.st-key-chips > div:first-child{flex-basis:100%}
 .sqm-tiles{grid-template-columns:repeat(2,1fr)!important}
 .sqm-tiles a.tile{grid-column:auto!important;grid-row:auto!important}
 .st-key-block_heat,.st-key-block_matrix{overflow-x:auto}
 .st-key-block_heat .stElementContainer:has(.stVegaLiteChart),.st-key-block_matrix .stElementContainer:has(.stVegaLiteChart){min-width:680px}}
"""

# Streamlit's own uploader speaks English only; its words are covered, the drop target and the button stay.
_ZH = """
[data-testid="stFileUploaderDropzone"] > span button p{font-size:0!important}
[data-testid="stFileUploaderDropzone"] > span button p::after{content:"选择文件";font-size:14px}
[data-testid="stFileUploaderDropzoneInstructions"]{font-size:0!important}
[data-testid="stFileUploaderDropzoneInstructions"] *{font-size:0!important}
[data-testid="stFileUploaderDropzoneInstructions"]::after{content:"每个文件不超过 200 MB；.xlsx .xlsm .xls .xlsb .ods .csv .tsv .txt .zip";
  font-size:13px;color:var(--sqm-muted)}
"""
