"""企业微信: messages to colleagues by the shop's app, and to a group by its robot."""
