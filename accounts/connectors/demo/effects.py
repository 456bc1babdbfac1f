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
GOING_ON = np.array([-1.1, -1.2, -1.4, -1.4, -1.35])
LOSING = np.array([-2.75, -2.6, -2.75, -2.7, -2.75])
FALLING_BACK = np.array([0.0, 0.008, 0.014, 0.022, 0.03])

SKILL = 0.34
SKILL_IN_NEGOTIATION = 0.3
INDUSTRY = np.array([0.05, 0.1, 0.0, -0.1, 0.2, -0.35])
SIZE = np.array([0.1, 0.06, -0.16])
REGION = np.array([0.06, -0.06])
FIT = 0.42
WARMTH = 0.5
HEALTH = 0.4
ACTIVITY = 0.3
USUAL_ACTIVITY = 0.95
AMOUNT = -0.14
AGE = -0.03  # a week after the twelfth
ANOTHER_CONTACT = 0.1
EXECUTIVE_IN_NEGOTIATION = 0.35
COMPETITOR_FROM_PROPOSAL = np.array([0.12, -0.3, -0.12, 0.0])
PUBLIC_SECTOR_IN_NEGOTIATION = -0.35
QUARTER_END = 0.55
QUARTER_START = -0.15
SOURCE = np.array([0.0, 0.02, 0.3, 0.15, -0.25, -0.08])

ON_GOING = 0.8  # how much of the score moves going on,
ON_LOSING = -1.05  # and how much being lost

HEALTH_STAYS = 0.84
HEALTH_MOVES = 0.42
ACTIVITY_STAYS = 0.55
ACTIVITIES_A_WEEK = np.array([-0.35, -0.2, -0.05, 0.05, 0.15])
HEALTH_ON_ACTIVITY = 0.42

# What each planted cause takes away.
SEGMENT_FALL = -1.25
GROUP_FALL = -0.95
STAGE_FALL = -1.5
