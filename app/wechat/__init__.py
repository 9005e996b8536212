"""The Official Account: what WeChat says goes down from here, what we say goes out."""
