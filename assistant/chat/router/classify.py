"""Which agent a question is for: ridge regression on words and parts of words, in closed form.

It learns from `examples.json` when it is first asked, in under a second; nothing is downloaded or
unpickled. Names, periods and other slots stand as marks in what it learns from and is asked.
"""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from assistant.chat.router.words import folded
from revenue.ml.arrays import Floats

EXAMPLES = Path(__file__).parent / "examples.json"
MARK = re.compile(r"\{(\w+)\}")
RIDGE, SHARPNESS, PARTS = 0.3, 9.0, 0.7
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


class Classifier:
    """Scores of a one-against-all ridge, made chances by a softmax that is as sharp as it is right."""

    def __init__(self) -> None:
        texts, agents = [], []
        for agent, phrases in examples().items():
            for phrase in phrases:
                plain = prepared(phrase)
                bare = " ".join(word for word in plain.split() if not word.startswith("zz"))
                for text in {plain, bare} - {""}:
                    texts.append(text)
                    agents.append(agent)
        self.agents = sorted(set(agents))
        self.words = TfidfVectorizer(
            ngram_range=(1, 3), token_pattern=r"\S+", sublinear_tf=True, dtype=np.float64
        )
        self.parts = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2, dtype=np.float64
        )
        rows = csr_matrix(
            hstack([self.words.fit_transform(texts), PARTS * self.parts.fit_transform(texts)])
        )
        wanted = np.array([[float(one == agent) for agent in self.agents] for one in agents])
        self.mean = wanted.mean(axis=0)
        alike = (rows @ rows.T).toarray() + RIDGE * np.eye(len(texts))
        self.weights: Floats = np.asarray(
            rows.T @ cho_solve(cho_factor(alike), wanted - self.mean)
        )

    def chances(self, text: str) -> dict[str, float]:
        row = csr_matrix(hstack([self.words.transform([text]), PARTS * self.parts.transform([text])]))
        scores = SHARPNESS * (np.asarray(row @ self.weights)[0] + self.mean)
        odds = np.exp(scores - scores.max())
        return dict(zip(self.agents, (odds / odds.sum()).tolist(), strict=True))


@cache
def classifier() -> Classifier:
    return Classifier()
