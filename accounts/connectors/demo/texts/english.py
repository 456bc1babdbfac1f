"""What people write in English about deals, customers, leads and cases; words in braces are filled.

What is said follows what is true in the simulated company: how a deal stands, who competes, what
was planted.
"""

GREETINGS = ("Hi {to},", "Hello {to},", "Dear {to},", "{to},", "Good morning {to},")
FAREWELLS = ("Best,\n{by}", "Kind regards,\n{by}", "Thanks,\n{by}", "{by}", "Regards,\n{by}")

SUBJECTS = {
    "out": ("{product} for {company}", "Next steps on {product}", "Summary of our call on {day}",
            "Offer for {users} users", "Agenda for {day}", "Re: {product} rollout in {city}",
            "Security answers for {company}", "References in {industry}"),
    "in": ("Re: {product}", "Re: our call on {day}", "Re: your offer", "Questions on {product}",
           "Re: timeline", "Contract points", "Re: {second} as an option", "Internal update"),
    "call": ("Call with {to}: next steps", "Call: pricing of {product}", "Call: check-in",
             "Call with procurement of {company}", "Call: open questions on {second}"),
    "meeting": ("Discovery meeting with {company}", "Demo of {product}", "Technical workshop",
                "Executive briefing", "Negotiation round", "On-site visit in {city}",
                "Steering committee: {product}", "Workshop on {second} and data migration"),
    "task": ("Send proposal for {product}", "Follow up on open questions", "Prepare business case",
             "Update account plan of {company}", "Ask {to} for references",
             "Send security questionnaire", "Check licence count with {to}", "Draft rollout plan"),
    "care": ("{care}: {company}",),
    "lead": ("First call with {to}", "Answer the request of {to}", "Follow up: {company}",
             "Call back {to} about {product}", "Send the guide to {product}"),
}  # fmt: skip

EMAIL_OUT_EARLY = (
    (
        "Thank you for the time on {day}. As I understood it, {users} people in {city} keep their "
        "figures in spreadsheets today and month end takes four days."
    ),
    (
        "You asked how {product} deals with data from your warehouse. It reads it "
        "nightly; nobody has "
        "to type anything twice."
    ),
    "I attach the two customer stories from {industry}. The second one is close to your case.",
    (
        "Before we go further I would like to learn who else decides about this. Would "
        "{day} suit a "
        "short call with your finance lead?"
    ),
    "As agreed, here is what a pilot of {product} with {few} users would look like over six weeks.",
    "I have added {second} to the outline, since your operations team asked for it.",
    (
        "Could you tell me what happens if nothing changes by {month}? It helps me put "
        "the business "
        "case in your words."
    ),
)
EMAIL_OUT_LATE = (
    "Attached is the proposal for {users} users of {product}, with {second} as an option.",
    (
        "Our lawyers accept your change to the liability clause. Only the data "
        "processing terms are "
        "open now."
    ),
    "If we sign before the end of {month}, the rollout in {city} can begin before your audit.",
    "I have moved the payment terms to 45 days as you asked; the price stays as offered.",
    (
        "Here is the plan for the first ninety days: migration, training of {few} key "
        "users, then the "
        "rest of {company}."
    ),
    "To close the gap to your budget we can begin with {product} and add {second} next year.",
)
EMAIL_IN_GOOD = (
    "Our team liked the demo of {product}. {few} people want to take part in the pilot.",
    "The budget for {month} is approved. Please send the contract in its final form.",
    "I spoke with our chief of finance: she backs the plan and wants to meet you on {day}.",
    (
        "We compared the numbers and {product} pays for itself in about a year. Let us "
        "talk about the "
        "rollout in {city}."
    ),
    "Could you add {second} to the offer? Operations has asked for it twice now.",
    "I am introducing {other}, who leads procurement here. Please keep both of us in copy.",
    "Legal has only two small remarks, both are fine for us. We can sign next week.",
    "The pilot users save two hours a week each. I will show this to the board on {day}.",
)
EMAIL_IN_BAD = (
    "We have to postpone. A reorganisation was announced and budgets are frozen until {month}.",
    "To be frank, the price for {users} users is above what we expected.",
    "I have no news from the committee. Please come back to me after {month}.",
    "The person who sponsored this has left {company}; I do not know yet who takes over.",
    "IT has concerns about the migration and would rather keep the present system for a year.",
    "We need more time. Other projects go first at the moment.",
    "Two of the pilot users missed the export and went back to their spreadsheets.",
)
COMPETITOR_IN = (
    "You should know that {competitor} is offering the same scope at a lower price.",
    "{competitor} showed us their new release last week and the team was impressed by the reports.",
    "Procurement asks us to compare you with {competitor} line by line before {month}.",
)
PLANT_IN = {
    "segment_rate": (
        (
            "{competitor} has brought out an edition made for {industry}, with the "
            "certificates our "
            "quality people ask for. You do not offer that."
        ),
        (
            "The new rules for {industry} oblige us to keep production data on our own premises. "
            "{product} cannot do that yet, {competitor} can."
        ),
        "Three other firms in {industry} told us they moved to {competitor} since the spring.",
    ),
    "stage_conversion": (
        (
            "Your new approval process takes three weeks for every change of the offer. We "
            "cannot wait "
            "that long."
        ),
        (
            "The revised offer still has not come. Since your price list changed, nobody "
            "can tell us "
            "what {second} costs."
        ),
    ),
    "seller_group": (
        "This is the third contact person at your side since winter. We begin from zero each time.",
        "I asked for the technical answers twice and heard nothing from your team.",
    ),
}
CALL_NOTES = (
    "{to} confirmed the scope: {users} users of {product}, start in {month}.",
    "Spoke to {to} for twenty minutes. Decision goes through {other} in procurement.",
    "Left a message, {to} is travelling until {day}.",
    "Price is the topic. {to} has room for {few} users this year and wants the rest later.",
    "{to} asks for a reference in {industry} of the same size.",
    "Went through the security questions; two remain open with IT in {city}.",
)
# Of a meeting that has yet to take place nobody knows what comes of it.
MEETING_PLANS = (
    "Agenda: where {company} stands, {product} with their own data, open questions.",
    "To settle with {to}: who decides, by when, and what {other} still needs to see.",
    "Planned: walk {to} through {product}; bring the figures for {users} users.",
    "Aim: agree on the next step and its day. {other} is invited too.",
    None,
)
MEETING_NOTES = (
    (
        "Present: {to}, {other} and two people from IT. Showed {product} with their own data; the "
        "question was how fast {second} can follow."
    ),
    (
        "On site in {city}. {company} wants to replace three tools at once. Risk: "
        "nobody owns the data "
        "migration."
    ),
    (
        "Walked through the business case. {to} agrees with the savings but wants them "
        "halved before "
        "showing the board."
    ),
    "Negotiated terms. They accept two years if support is included. Next round on {day}.",
    "Workshop with key users: exports and rights per site are the must-haves, mobile is not.",
    "Executive briefing. Their goal is one forecast for all sites before {month}.",
)
TASK_NOTES = (
    "Promised to {to} for {day}.",
    "Needs figures from {other} first.",
    "Use the template for {industry} and the price list of {month}.",
    None,
    None,
)
GOOD_SIGNS = ("{to} is in favour.", "Good energy, they ask about dates.", "Champion: {to}.")
BAD_SIGNS = (
    "{to} was hard to reach and did not commit to a date.",
    "Felt like a box to tick for them.",
    "No decision maker in the room.",
)
CARE_GOOD = (
    "{users} people use {product} every week. {to} thinks about {second} for the site in {city}.",
    "Review with {to}: targets met, wants to speak as a reference.",
    "New team of {few} people starts in {month}; more licences likely.",
)
CARE_BAD = (
    "{to} complains about slow answers to cases and hardly anybody signs in any more.",
    "Use is falling since the key user left. {to} is looking at {competitor}.",
    "They question the renewal. {other} asked for the notice period.",
)
PROSPECT_GOOD = (
    "{to} asks how {product} would fit the site in {city} and wants a price for {users} users.",
    "Introduced {product}: {to} brings {other} to the next talk.",
    "They begin to compare offers in {month}; {second} is of interest too.",
)
PROSPECT_BAD = (
    "{to} listens politely and sees no need before {month}.",
    "They are content with what they have and also talk to {competitor}.",
    "{other} finds {product} too large for {few} users.",
)
LEAD_NOTES = (
    "{to} read about {product} and wants to know what {users} users cost.",
    "Looking for a replacement before {month}; today they use spreadsheets and {competitor}.",
    "Student project at {company}, no budget.",
    "Left a message with the front desk in {city}.",
    "Wants a demo with a colleague from finance on {day}.",
)
DESCRIPTIONS = (
    (
        "{company} in {city} wants {product} for {users} users, live before {month}. Today: "
        "spreadsheets and e-mail."
    ),
    (
        "Replace {competitor} with {product}. Must connect to the warehouse; {second} "
        "is a second step."
    ),
    "Pilot of {product} with {few} users, then all {users}. Sponsor is {to}.",
    "Board wants one view of all sites. Scope: {product}, {second}, training of key users.",
    "Audit finding: figures of {city} cannot be traced. {product} is to close it by {month}.",
)
COMPANIES = (
    (
        "{industry} firm with {employees} people, at home in {city}. Buys by committee; the fiscal "
        "year ends in {month}."
    ),
    "Family-owned, {employees} employees, {industry}. Decides fast once the owner has seen it.",
    (
        "{employees} people at several sites, {city} is the largest. IT is outsourced; security "
        "questionnaire before every purchase."
    ),
    (
        "Part of a larger group; local management in {city} decides up to a limit. {industry}, "
        "{employees} staff."
    ),
)
NEXT_STEPS = {
    0: ("Book discovery call with {to}", "Find out who decides at {company}", "Send intro deck"),
    1: ("Qualify budget with {to}", "Meet finance in {city}", "Agree on pilot with {few} users"),
    2: ("Agree on requirements with {other}", "Workshop on {second}", "Security questionnaire"),
    3: ("Send proposal for {users} users", "Walk {to} through the offer", "Business case to board"),
    4: ("Close open contract points", "Legal call on {day}", "Signature by {to}"),
}
CASES = {
    "Cannot sign in": "Since {day} {few} users of {company} cannot sign in to {product}. Single "
                      "sign-on answers with an error.",
    "Report is slow": "The monthly report in {product} takes more than ten minutes for {city}.",
    "Wrong invoice": "The invoice for {month} lists {users} users, we have {few} fewer.",
    "Export fails": "The export of {product} to a spreadsheet stops after some thousand rows.",
    "How do I …?": "How do I give a colleague rights for {city} only in {product}?",
    "Data missing": "Figures of {month} are missing in {product} after the last import.",
    "Outage": "{product} could not be reached from {city} on {day} for two hours.",
    "Cancellation question": "{to} asks how long the notice period is and how data is handed over.",
}  # fmt: skip
