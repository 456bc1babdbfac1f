from assistant.chat.urls import urlpatterns as of_chat
from assistant.knowledge.urls import urlpatterns as of_knowledge
from assistant.plans.urls import urlpatterns as of_plans
from assistant.search.urls import urlpatterns as of_search
from assistant.writers.urls import urlpatterns as of_writers

app_name = "assistant"

# /o/<org_slug>/…
urlpatterns = [*of_writers, *of_knowledge, *of_search, *of_plans, *of_chat]
