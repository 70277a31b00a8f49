"""The rules that answer without a model: a request's words choose a tool, its result makes the sentence.

Rules understand plain English requests about text, codes, colours, light, shots, motion, sound and notes; whatever asks
for understanding of a picture they do not claim to know.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.models import talk
from assistant.models.meant import meant
from assistant.models.replies import LIMITS, READ, guess, reply, unseen
from assistant.models.talk import Attached
from assistant.types import Abstained, Delta, Message, Reply, ToolCall, ToolResult

NOTHING = "nothing is attached (vireo ask -a FILE, or /attach FILE in the chat)"
GONE = "what was attached before is not there any more (what was piped in or fetched is not kept): attach it again"
HELLO = (
    "Hello. I am Vireo, answering by rules without a model: I read text and codes in pictures, measure colours and "
    "light, follow motion and cuts in videos, write down speech, and keep notes. Attach something and ask."
)
Arguments = Callable[[re.Match[str]], dict[str, Any]]
Choose = Callable[[Sequence[Message], Sequence[Mapping[str, Any]]], Sequence[Reply]]
"""What replies where no rule fits: calls, or a sentence, or nothing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that choose a tool, for some kinds of attachment ("" stands for none)."""

    pattern: re.Pattern[str]
    tool: str
    kinds: tuple[str, ...]
    arguments: Arguments = lambda match: {}


def _rule(pattern: str, tool: str, kinds: tuple[str, ...], arguments: Arguments = lambda match: {}) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE | re.DOTALL | re.MULTILINE), tool, kinds, arguments)


P, V, S, N = "picture", "video", "sound", ""
EVERYTHING = (P, V, S, N)
UNKNOWN = ""
"""In place of a tool: what rules know they cannot know."""

_VOICE = r"(?:narrator|speaker|voice|they|he|she|people|person|man|woman|host|presenter)"
_ANYONE = r"(?:any|some)(?:one|body)"

RULES = (
    _rule(
        r"^(?:please |can you |could you )*(?:remember(?! (?:when|who|what|where|how|if|whether)\b)(?: that| this)?"
        r"|note(?: that|:| down)|keep in mind(?: that)?|don'?t forget(?: that)?)[:,]?\s+(?P<text>.+)",
        "remember", EVERYTHING, arguments=lambda m: {"text": m["text"].strip()},
    ),
    _rule(
        r"(?:\bdo you (?:remember|know where (?:my|our))|\brecall\b|\bwhat did (?:i|we) (?:say|ask|tell"
        r"|mention)(?: you)?"
        r"|\bwhat do you know about|\bwhere did (?:i|we)|\bremember (?:when|who|what|where)|\bremind me (?:what"
        r"|where|when|who)"
        r"|\bwhere(?:'s| is| are) (?:my|our)\b|\b(?:list|show|what|search)\b.*\bnotes\b|^search for)(?P<what>.*)",
        "recall", EVERYTHING, arguments=lambda m: {"what": m["what"].strip(" ?.!")},
    ),
    _rule(
        r"\b(?:search|find|look)\b.*\bfiles?\b(?: (?:for|about|with|on|named|called|that \w+))?(?P<what>.*)"
        r"|\bwhich files? (?:mention|contain|hold|talk about|are about|is about)s?(?P<held>.*)",
        "search_files", (N,), arguments=lambda m: {"what": (m["what"] or m["held"] or "").strip(" ?.!")},
    ),
    _rule(r"^(?:please )?describe\b|\bwhat (?:do|can) you see\b|\bwhat can be seen\b", UNKNOWN, (P,)),
    _rule(
        r"^(?:please )?describe\b|\bwhat (?:do|can) you see\b|\bhappen|\bsumm|\bwhat is (?:this|it)\b", UNKNOWN, (V,)
    ),
    _rule(r"^(?:please )?describe\b", "transcribe", (S,)),
    # sound
    _rule(r"\b(?:which|what) language|\bwho\b|\bsample rate", UNKNOWN, (S,)),
    _rule(
        rf"\b(?:is|are|does|do) (?:there )?{_ANYONE} (?:\w+ )?(?:speak|talk)|\bis (?:there )?(?:any "
        rf"|a )?(?:speech|voice|sound|pause)"
        r"|\bloud|\bsilen|\bquiet|\bmute\b|\bany (?:speech|sound|noise)|\bhow long|\bhow many seconds"
        r"|\bduration|\blength\b"
        r"|\bnois|\bclipping|\bpauses?\b|\bwhen (?:is|does|do|did)\b",
        "sound_facts", (S,),
    ),
    _rule(
        r"\btranscri|\bsaid\b|\bsays?\b|\bsaying\b|\bspeak|\bspoken\b|\btalk|\bwords?\b|\bwrite\b|\bdown\b"
        r"|\btype\b|\btext\b"
        r"|\bread\b|\bmessage|\blyrics|\bhear\b|\bask\b|\bwhat (?:is|was)\b",
        "transcribe", (S,),
    ),
    _rule(
        rf"\b(?:any|a|there|have|has) (?:any )?(?:sound|speech|audio)|\bsound ?track|\bsilent\b|\bmute\b|\bloud"
        rf"|\bhear\b"
        rf"|\b{_ANYONE} (?:speak|talk)|\bwhen (?:does|do|is) .*\b(?:speak|talk)"
        rf"|\bhow long do(?:es)? .*\b(?:speak|talk)",
        "sound_facts", (V,),
    ),
    _rule(
        rf"\btranscri|\bspoken\b|\b(?:is|was|anything|being) (?:being )?said\b|\b{_VOICE} (?:say|tell|talk)"
        rf"|\btalking about",
        "transcribe", (V,),
    ),
    # codes, before the words that stand in pictures
    _rule(
        r"^(?:what|which) (?:symbol|icon|logo|shape|animal|object|vehicle|tool|utensil|food|drink|sport|room|pattern"
        r"|kind|sort)s?\b|\b(?:which|what) country\b"
        r"|^(?:is|are|was|were) the (?:qr |bar ?)?codes? (?:on|in|at|above|below)\b",
        UNKNOWN, (P, V),
    ),
    _rule(r"\bcode lines?\b|\blines? of code\b", "read_text", (P, V)),
    _rule(r"\bscan (?:this|the|that) (?:document|page|text|receipt|letter|bill)|\bsource code\b", "read_text", (P, V)),
    _rule(r"\bcode for the\b.*\bwritten\b", "read_text", (P, V)),
    _rule(
        r"\bqr\b|\bbar ?codes?\b|\bean\b|\bupc\b|\bisbn\b|\bdata ?matrix|\bdecode\b|\bscan\b|\bproduct number"
        r"|\blink\b|\burl\b"
        r"|(?<!dress )(?<!colour )(?<!color )(?<!zip )(?<!error )(?<!access )(?<!promo )(?<!area )\bcodes?\b",
        "scan_codes", (P, V),
    ),
    # what can be measured of the whole picture
    _rule(
        r"\b(?:main|dominant|overall|how many) colou?rs\b"
        r"|\b(?:which|what) colou?rs\b(?! (?:is|are|has|have|do|does) (?:the|his|her|their|its|that|th[eo]se) "
        r"(?!picture|image|photo|video|scene))|\b(?:main|dominant|overall) colou?r\b"
        r"|\bcolou?r is dominant"
        r"|\bin colou?r\b|\bgr[ae]yscale|\bblack and white|\b(?:in|out of) focus|\bblurr|\bsharp\b|\b(?:over"
        r"|under)exposed"
        r"|\bwell lit\b|\blighting\b|\b(?:is it|too|so|very|picture|photo|image) (?:dark|bright|blank)\b"
        r"|\bblank\b|\bresolution\b"
        r"|\bpixels\b|\bdimensions\b|\bwhat size\b|\bhow (?:big|large|wide|tall) is (?:it|the (?:picture|image"
        r"|photo|video))"
        r"|\bsize of the (?:picture|image|photo|video)",
        "picture_facts", (P, V),
    ),
    _rule(r"\bcolou?rs?\b|^who\b", UNKNOWN, (P, V)),
    _rule(r"\b(?:which|what) language", "read_text", (P, V)),
    # what can be counted
    _rule(
        r"\bhow many\b(?!.*\b(?:shots?|scenes?|cuts?|(?<!\d )seconds|frames|times|points|pages|words|letters)\b)"
        r"|\bcount\b",
        "count_things", (P, V), arguments=lambda m: {"what": m.string.strip()},
    ),
    _rule(
        r"\b(?:taken away|put (?:back|down)|removed|left standing|at once|at the same time|more than one)\b"
        r"|^(?:is|are|was|were) (?:there|any)\w*\b.*\bat (?:about )?\d",
        "count_things", (V,), arguments=lambda m: {"what": m.string.strip()},
    ),
    # words that stand in pictures
    _rule(
        r"\bwritten\b|\bwriting\b|\bread\b|\breads\b|\bocr\b|\btexts?\b|\bsays?\b|\bheadline|\btitle|\bsubtitle"
        r"|\bcaptions?\b"
        r"|\bletters?\b|\bprinted\b|\bprices?\b|\bcosts?\b|\bpay\b|\bpaid\b|\bhow much\b|\btotal\b|\bdate\b(?! palm)"
        r"|\bphone numbers?|\bplate\b|\b(?:which|what) numbers?\b|\btime ?code|\berror|\bmessage\b"
        r"|\btranscribe\b|\bwords?\b"
        r"|\bheading|\bopening (?:hours|times)|\b[xy][- ]axis\b|\bper how many\b|\bwhat did .*\b(?:ask|type)"
        r"|\bbrand\b|\bwhich shop\b|\bon the (?:sign|screen|label|board)\b",
        "read_text", (P, V),
    ),
    _rule(r"\b(?:intact|corrupt\w*|glitch\w*|broken)\b|\b(?:shots?|scenes?|cuts?)\b", "understand_video", (V,)),
    _rule(
        r"^(?:please )?find (?:the |where |when |me )*(?P<what>.+)|\bwhen (?:does|do|can|is|are)"
        r" (?P<seen>.+?) (?:appear|seen|shown|visible)",
        "find_in_video", (V,), arguments=lambda m: {"what": (m["what"] or m["seen"]).strip(" ?.!")},
    ),
    _rule(
        r"\bmov(?:e|es|ing|ement)\b|\bmotion\b|\bdirection|\bwhich way\b|\bup or down|\bleft or right"
        r"|\b(?:on|at|from|over) which (?:side|edge)\b",
        "find_motion", (V,),
    ),
    _rule(
        r"\bshots?\b|\bscenes?\b|\bcuts?\b|\bmov(?:e|es|ing|ement)\b|\bmotion\b|\bdirection"
        r"|\bhow (?:long|many seconds)"
        r"|\bduration|\blength\b|\bwhen\b|\bat what time|\bwhich way\b|\bup or down|\bleft or right"
        r"|\bcamera change"
        r"|\bfps\b|\bframes?\b|\bwhat is (?:in|the video)\b",
        "understand_video", (V,),
    ),
)  # fmt: skip
GREETING = re.compile(
    r"\W*(?:hi|hello|hey|thanks?(?: you)?|help|good (?:morning|day|evening)|who are you|what can you do)(?: vireo)?\W*",
    re.IGNORECASE,
)
PAGES = re.compile(r"\bhow many pages\b", re.IGNORECASE)
COMPARE = re.compile(r"\b(?:compar|differ|chang|same|identical|alike)", re.IGNORECASE)
MOMENT = re.compile(
    r"\bat (?:about |around )?(?P<at>\d+(?:\.\d+)?) ?s(?:ec(?:onds?)?)?\b"
    r"|\b(?P<start>first frame|at the (?:start|beginning))\b|\blast frame\b|\bat the (?:very )?end\b",
    re.IGNORECASE,
)
EYES = ("look", "describe_image", "check", "understand_video", "find_in_video")
"""Tools that show pictures to a model."""
OF_MOMENTS = (READ, "scan_codes", "picture_facts", "count_things")
"""Tools that read one picture, and so one moment of a video where the question names one."""


def answer(
    messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], choose: Choose = lambda messages, tools: ()
) -> Iterator[Reply]:
    """Reply to the newest question, or to the results of the tools that were called for it."""
    results = [part for part in talk.since(messages) if isinstance(part, ToolResult)]
    question, attachments = talk.question(messages)
    attachments = attachments if COMPARE.search(question) else meant(question, attachments)
    names = {tool["function"]["name"] for tool in tools}
    calls: Sequence[Reply] = _calls(question, attachments, names)
    unread = [each.source for each in attachments if each.kind == P and READ in names]
    had_read = any(result.name == READ for result in results)
    told = (attachments and PAGES.search(question)) or (tools and GREETING.fullmatch(question))
    wanting = not attachments and any(_choose(question, kind, names) for kind in (P, V, S))
    if not calls and not told and not (wanting and talk.gone(messages)):
        fitting = _by_eyes(tools) if any(_is_unknown(question, each.kind) for each in attachments) else tools
        calls = _others(messages, fitting, choose, results)
    if results and (had_read or not (calls and unseen(results) and unread)):
        said = reply(question, results) if calls and not unseen(results) else guess(question, results)
        yield said if isinstance(said, Abstained) else Delta(said)
    elif attachments and PAGES.search(question) and not results:
        yield Delta("\n".join(f"{each.pages} page{'s' if each.pages > 1 else ''}" for each in attachments))
    elif calls and not results:
        yield from calls
    elif tools and GREETING.fullmatch(question):
        yield Delta(HELLO)
    elif unread:
        yield from (ToolCall(str(number), READ, {"source": source}) for number, source in enumerate(unread, 1))
    elif wanting:
        yield Abstained(GONE if talk.gone(messages) else NOTHING)
    else:
        yield Abstained(LIMITS)


def _others(
    messages: Sequence[Message],
    tools: Sequence[Mapping[str, Any]],
    choose: Choose,
    results: Sequence[ToolResult],
) -> Sequence[Reply]:
    """What is chosen where no rule fits; where there are results, the calls that were."""
    if not results:
        return choose(messages, tools)
    made = [part for part in talk.since(messages) if isinstance(part, ToolCall)]
    return made if any(call.name != READ for call in made) else choose(messages[: talk.asked(messages) + 1], tools)


def _by_eyes(tools: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that look with the eyes of a model: what a rule knows that it cannot know is for them."""
    return [tool for tool in tools if tool["function"]["name"] in EYES]


def _is_unknown(question: str, kind: str) -> bool:
    """Whether the first rule that fits says that nothing can be measured."""
    fitting = (rule for rule in RULES if kind in rule.kinds and rule.pattern.search(question))
    return next((rule.tool == UNKNOWN for rule in fitting), False)


def _moment(attached: Attached, question: str) -> str:
    """The moment of a video that a question names, or the whole source."""
    asked = MOMENT.search(question) if attached.kind == V else None
    if asked is None or "#" in attached.source:
        return attached.source
    return f"{attached.source}#t={asked['at'] or (0 if asked['start'] else attached.seconds)}"


def _calls(question: str, attachments: list[Attached], names: set[str]) -> list[ToolCall]:
    """One call without a file, or for each attachment the call of the first rule that fits its kind."""
    pictures = [each.source for each in attachments if each.kind == P]
    if len(pictures) == 2 and COMPARE.search(question) and "compare_images" in names:
        return [ToolCall("1", "compare_images", dict(zip(("first", "second"), pictures, strict=True)))]
    found: list[tuple[str, dict[str, Any]]] = []
    for attached in attachments or [Attached("", N)]:
        chosen = _choose(question, attached.kind, names)
        if chosen is None:
            continue
        rule, match = chosen
        if N in rule.kinds:
            return [ToolCall("1", rule.tool, rule.arguments(match))]
        source = _moment(attached, question) if rule.tool in OF_MOMENTS else attached.source
        found.append((rule.tool, rule.arguments(match) | {"source": source}))
    return [ToolCall(str(number), name, arguments) for number, (name, arguments) in enumerate(found, 1)]


def _choose(question: str, kind: str, names: set[str]) -> tuple[Rule, re.Match[str]] | None:
    """The first rule that fits, unless it says that rules cannot know."""
    for rule in RULES:
        match = rule.pattern.search(question) if kind in rule.kinds else None
        if match and rule.tool in (names | {UNKNOWN}):
            return None if rule.tool == UNKNOWN else (rule, match)
    return None
