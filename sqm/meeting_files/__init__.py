"""What a meeting gives away: slides with native charts, one page that opens offline, the numbers as a workbook, the minutes as text. From
slides as they were frozen alone: nothing is asked anew.
"""
