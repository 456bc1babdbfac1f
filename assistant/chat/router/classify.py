"""Which agent a question is for: ridge regression on words and parts of words, in closed form.

It learns from `examples.json` when it is first asked, in under a second; nothing is downloaded or
unpickled. Names, periods and other slots stand as marks in what it learns from and is asked.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from assistant.chat.router.words import folded
from revenue.ml.arrays import Floats

EXAMPLES = Path(__file__).parent / "examples.json"
MARK = re.compile(r"\{(\w+)\}")
RIDGE, SHARPNESS, PARTS = 0.3, 9.0, 0.7
ROUNDS, TINY = 200, 1e-9
GERMAN = frozenset(
    "der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine keinen"
    " ist sind war waren wird werden wurde hat haben hatte kann konnen konnte soll sollen sollte"
    " muss mussen will wollen ich du er sie es wir ihr mich mir dich dir uns euch ihm ihn ihnen"
    " mein meine meinen meinem meiner dein deine unser unsere unseren unserem sein seine ihre ihren"
    " was wer wen wem wie wo wann warum weshalb wieso woran welche welcher welches welchen in im an"
    " am auf aus bei beim mit nach von vom vor zu zum zur uber unter um fur durch gegen ohne bis ab"
    " so auch noch nur schon mal bitte etwas alles mehr weniger viel viele sehr jetzt aktuell hier"
    " da dass ob wenn als zeig zeige gib sag sage nenne erzahl erzahle alle allen aller deals deal"
    " kunde kunden neues derzeit gerade ja nein doch dieser diese dieses diesem diesen".split()
)
ENGLISH = frozenset(
    "please pls plz hey hi hello thanks could would can you me us our your their them they it its"
    " show give list tell find get want need like know see look make let say said just really maybe"
    " quick quickly right now currently current today got gimme display provide any some many much"
    " little bit big small good bad better best worse worst more most less least another other others"
    " thing things stuff something anything everything someone anybody everybody deal deals account"
    " accounts customer customers client clients opportunity opportunities opp opps lead leads"
    " pipeline team teams rep reps seller sellers sales number numbers value values amount amounts"
    " total overall ago before after again once still yet already ever never also too very hour hours"
    " minute minutes help worked short word currently did does doing done going go happens happen"
    " sort sorted order ordered only same next last first second third sign week month year quarter"
    " call calls meeting meetings email mail mails note notes message ready status state stage stages"
    " risk risks chance chances score scores plan plans wrong news new old late later soon early up"
    " down back forth out off on over under close closed closes closing open opened opens won win wins"
    " lost lose loses about contact contacts person people company companies field date dates friday"
    " monday tuesday wednesday thursday saturday sunday bought buy buys buying sold sell sells selling"
    " offer offers product products summary summarize summarise overview rundown info update change"
    " changed changes move moved delete add create assign set mark remove edit compare trend trends"
    " write draft compose friendly urgent professional consultative formal reminder proposal intro"
    " looking half million volume volumen dollars worth able heard hear nice thank nudge attention"
    " introduction follow closing reactivation reengage silent gone talk talked spoke speak met meet"
    " work works working question questions answer answers example examples wait".split()
)


@cache
def examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def prepared(text: str) -> str:
    """As the router reads questions: folded words, and marks for slots."""
    flat = re.sub(r"[^\w{}]+", " ", folded(text))
    return " ".join(MARK.sub(lambda found: f"zz{found[1]}", flat).split())


@cache
def known_words() -> frozenset[str]:
    """Words of the examples and the common words of both languages: what is none may be a name."""
    own = {
        word
        for phrases in examples().values()
        for phrase in phrases
        for word in prepared(phrase).split()
        if not word.startswith("zz")
    }
    return frozenset(own | GERMAN | ENGLISH | ENGLISH_STOP_WORDS)


def features(text: str) -> tuple[Counter[str], Counter[str]]:
    """Runs of up to three words, and parts of three to five letters within each word."""
    words = text.split()
    runs = Counter(
        " ".join(words[at : at + length])
        for length in (1, 2, 3)
        for at in range(len(words) - length + 1)
    )
    parts: Counter[str] = Counter()
    for word in words:
        edged = f" {word} "
        for length in (3, 4, 5):
            parts.update(edged[at : at + length] for at in range(len(edged) - length + 1))
    return runs, parts


@dataclass
class Weighing:
    """Which feature is which column, and how telling it is: seldom ones tell more."""

    columns: dict[str, int]
    idf: Floats

    @classmethod
    def of(cls, counted: Sequence[Counter[str]], *, least: int) -> "Weighing":
        held: Counter[str] = Counter()
        for each in counted:
            held.update(each.keys())
        names = sorted(name for name, number in held.items() if number >= least)
        idf = np.log((1 + len(counted)) / (1 + np.array([held[name] for name in names]))) + 1
        return cls({name: at for at, name in enumerate(names)}, idf)

    def row(self, counted: Counter[str]) -> tuple[list[int], Floats]:
        known = [(self.columns[name], number) for name, number in counted.items() if name in self.columns]
        places = [place for place, _ in known]
        values = (1 + np.log(np.array([number for _, number in known], dtype=float))) * self.idf[places]
        length = float(np.sqrt((values**2).sum()))
        return places, values / length if length else values


class Classifier:
    """Scores of a one-against-all ridge, made chances by a softmax."""

    def __init__(self) -> None:
        texts, agents = [], []
        for agent, phrases in examples().items():
            for phrase in phrases:
                plain = prepared(phrase)
                bare = " ".join(word for word in plain.split() if not word.startswith("zz"))
                for text in sorted({plain, bare} - {""}):
                    texts.append(text)
                    agents.append(agent)
        self.agents = sorted(set(agents))
        counted = [features(text) for text in texts]
        self.runs = Weighing.of([runs for runs, _ in counted], least=1)
        self.parts = Weighing.of([parts for _, parts in counted], least=2)
        rows = [self.row(text) for text in texts]
        place = np.concatenate([places for places, _ in rows])
        value = np.concatenate([values for _, values in rows])
        begins = np.cumsum([0, *(len(places) for places, _ in rows)])
        width = len(self.runs.columns) + len(self.parts.columns)
        matrix = csr_matrix((value, place, begins), shape=(len(texts), width))
        wanted = np.array([[float(one == agent) for agent in self.agents] for one in agents])
        self.mean = wanted.mean(axis=0)
        self.weights: Floats = np.asarray(matrix.T @ solved(matrix, wanted - self.mean))

    def row(self, text: str) -> tuple[list[int], Floats]:
        runs, parts = features(text)
        first, weights = self.runs.row(runs)
        second, more = self.parts.row(parts)
        shift = len(self.runs.columns)
        return [*first, *(shift + at for at in second)], np.concatenate([weights, PARTS * more])

    def chances(self, text: str) -> dict[str, float]:
        places, values = self.row(text)
        scores = SHARPNESS * (values @ self.weights[places] + self.mean)
        odds = np.exp(scores - scores.max())
        return dict(zip(self.agents, (odds / odds.sum()).tolist(), strict=True))


def solved(matrix: Any, wanted: Floats) -> Floats:
    """(XX' + ridge) a = y for each column, by conjugate gradients: small, and one thread suffices."""

    def times(block: Floats) -> Floats:
        return np.asarray(matrix @ (matrix.T @ block)) + RIDGE * block

    found, rest = np.zeros_like(wanted), wanted.copy()
    way, size = rest.copy(), (rest**2).sum(axis=0)
    for _ in range(ROUNDS):
        ahead = times(way)
        step = size / np.maximum((way * ahead).sum(axis=0), TINY)
        found += step * way
        rest -= step * ahead
        before, size = size, (rest**2).sum(axis=0)
        if float(size.max()) < TINY:
            break
        way = rest + size / np.maximum(before, TINY) * way
    return found


@cache
def classifier() -> Classifier:
    return Classifier()
