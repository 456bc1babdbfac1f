"""What moves a deal, in numbers: the truth that a model may try to find. Logits per week."""

import numpy as np

STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)
STAGE_PROBABILITY = (10, 20, 40, 60, 80, 100, 0)
FORECAST_CATEGORIES = (
    "Pipeline",
    "Pipeline",
    "Pipeline",
    "Best Case",
    "Commit",
    "Closed",
    "Omitted",
)
OPEN_STAGES = 5
WON, LOST = 5, 6
MOST_WEEKS = 104

# Of a week in each stage, before anything else: going on, being lost, falling back.
GOING_ON = np.array([-1.35, -1.5, -1.75, -1.8, -1.75])
LOSING = np.array([-2.46, -2.34, -2.44, -2.36, -2.41])
FALLING_BACK = np.array([0.0, 0.008, 0.014, 0.022, 0.03])
SKIPPING = np.array([0.1, 0.08, 0.05, 0.0, 0.0])
# How fast deals of small, middling and large customers move, whichever way.
PACE = np.array([0.25, 0.0, -0.4])
FORGOTTEN = 0.035  # of all deals, from some week on: nobody works on them, nobody closes them
PACE_OF_FORGOTTEN = -2.6
WORK_ON_FORGOTTEN = 0.06
LIKING_OF_FORGOTTEN = -0.9

SKILL = 0.26
SKILL_IN_NEGOTIATION = 0.24
INDUSTRY = np.array([0.05, 0.1, 0.0, -0.1, 0.2, -0.35])
SIZE = np.array([0.1, 0.06, -0.16])
REGION = np.array([0.06, -0.06])
FIT = 0.05  # it shows in who becomes a champion, and that counts for more
CHAMPION = 0.6
NO_CHAMPION = -0.3
WARMTH = 0.2
HEALTH = 0.05
ACTIVITY = 0.75
USUAL_ACTIVITY = 1.05
AMOUNT = -0.2
AGE = -0.03  # a week after the twelfth
ANOTHER_CONTACT = 0.18
EXECUTIVE_IN_NEGOTIATION = 0.45
COMPETITOR_FROM_PROPOSAL = np.array([0.25, -0.5, -0.25, 0.0])
PUBLIC_SECTOR_IN_NEGOTIATION = -0.35
QUARTER_END = 0.55
QUARTER_START = -0.15
SOURCE = np.array([0.0, 0.02, 0.4, 0.2, -0.35, -0.12])

ON_GOING = 0.8  # how much of the score moves going on,
ON_LOSING = -1.05  # and how much being lost

HEALTH_STAYS = 0.84
HEALTH_MOVES = 0.42
ACTIVITY_STAYS = 0.55
ACTIVITIES_A_WEEK = np.array([-0.15, 0.02, 0.17, 0.27, 0.37])
HEALTH_ON_ACTIVITY = 0.34

# What each planted cause takes away.
SEGMENT_FALL = -0.55
GROUP_FALL = -0.58
STAGE_FALL = -1.05

# Of a customer's satisfaction, month by month, and what it moves.
SATISFACTION_STAYS = 0.92
SATISFACTION_MOVES = 0.32
VISIT_PLEASES = 0.12
DEPARTURE_HURTS = 0.5
CHURN = -4.9
HEALTH_ON_CHURN = 1.35
SIZE_ON_CHURN = np.array([0.25, 0.0, -0.35])
USUAL_USE = 0.4
HEALTH_ON_USE = 0.85
CASES_A_MONTH = np.array([0.16, 0.26, 0.45])
HEALTH_ON_CASES = -0.5
HEALTH_ON_WINNING = 0.25
HEALTH_ON_DEALS = 0.3
MOST_DEALS = 3.0

# What caring for a customer does: a call, a visit, a demo, an executive's briefing.
CARE_WEIGHTS = (0.4, 0.28, 0.22, 0.1)
CARE_WORTH = np.array([[0.7, 0.9, 1.3, 0.4], [0.6, 1.1, 1.2, 0.9], [0.4, 1.1, 0.8, 2.0]])
VISITS_A_MONTH = np.array([0.14, 0.26, 0.5])
CARE_UPLIFT = 1.3
CARE_FADES = 0.55

# How often a month more is taken of what a customer has, by the share of licences in use, and how
# much more.
MORE_SEATS = -4.6
USE_ON_SEATS = 6.0
USUAL_SHARE = 0.6
LEAST_MORE = 0.15
MOST_MORE = 0.35
