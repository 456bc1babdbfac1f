"""What was foreseen of deals, when and by which model; and what people do about it."""

from forecasting.models.acting import DealAction, DealNote, Play
from forecasting.models.base_rates import RunBaseRates
from forecasting.models.bridge import BridgeDeal, BridgeNode, ForecastBridge
from forecasting.models.calls import ForecastCall, ForecastPolicy, Scenario
from forecasting.models.diagnosis import WinRateDiagnosis
from forecasting.models.health import (
    AccountAction,
    AccountHealth,
    HealthPolicy,
    LifetimeValue,
)
from forecasting.models.leads import LeadOverride, LeadPolicy, LeadScore
from forecasting.models.outlook import DealAnalysis, DealOutlook
from forecasting.models.pipeline import PipelineChange, PipelineComparison
from forecasting.models.policy import RiskPolicy
from forecasting.models.quarter import BacktestRow, Forecast, ForecastDeal, ForecastNode
from forecasting.models.score import DealScore
from forecasting.models.weekly import WeeklyMail, WeeklyReader, WeeklyReport

__all__ = [
    "AccountAction",
    "AccountHealth",
    "BacktestRow",
    "BridgeDeal",
    "BridgeNode",
    "DealAction",
    "DealAnalysis",
    "DealNote",
    "DealOutlook",
    "DealScore",
    "Forecast",
    "ForecastBridge",
    "ForecastCall",
    "ForecastDeal",
    "ForecastNode",
    "ForecastPolicy",
    "HealthPolicy",
    "LeadOverride",
    "LeadPolicy",
    "LeadScore",
    "LifetimeValue",
    "PipelineChange",
    "PipelineComparison",
    "Play",
    "RiskPolicy",
    "RunBaseRates",
    "Scenario",
    "WeeklyMail",
    "WeeklyReader",
    "WeeklyReport",
    "WinRateDiagnosis",
]
