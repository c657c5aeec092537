"""Forecast rounds: who forecasts what until when, every version kept, and whose judgement helped.

Verbs: open, enter, accept, submit, take back, close, judge; say a hint. Authors are customer managers (retailer by product),
market managers (their unit by product) and brand managers (the company by product); before a round closes nobody sees another
author's number.
"""
