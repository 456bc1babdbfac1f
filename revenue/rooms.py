"""What the rooms above add to those below, by name alone: settings that grow with every app."""

# Functions that are called with the org once its sync has ended: rooms above the one that syncs.
AFTER_SYNC = [
    "forecasting.tasks.after_sync",
    "forecasting.leads.tasks.after_sync",
    "forecasting.health.tasks.after_sync",
    "crosssell.tasks.recommending.after_sync",
    "crosssell.tasks.expanding.after_sync",
    "assistant.search.tasks.after_sync",
]
# Functions that are called with the org's id once a document of it was read, or was removed.
AFTER_KNOWLEDGE = ["assistant.search.tasks.after_knowledge"]
# Functions that are called with an org of the simulated company, once its CRM was read.
AFTER_DEMO = ["assistant.knowledge.demo.seeding.seed_documents"]
# What is learned: `manage.py train|score|evaluate NAME`; each a `revenue.ml.tasks.LearningTask`.
LEARNING_TASKS = {
    "deal_risk": "forecasting.management.learning.DEAL_RISK",
    "lead_score": "forecasting.management.leads.LEAD_SCORE",
    "account_health": "forecasting.management.health.HEALTH",
    "crosssell": "crosssell.management.learning.CROSSSELL",
    "expansion": "crosssell.management.expanding.EXPANSION",
}
# What is judged on questions with known answers: `manage.py evaluate NAME`; each a
# `revenue.ml.tasks.Judged`.
JUDGED_SETS = {
    "router": "assistant.chat.evaluating.evaluated",
    "search": "assistant.search.judging.command.evaluated",
}

# Who the sellers are whom a report names by their key in the CRM.
SELLER_NAMES = "accounts.about.choices.names_of_owners"
