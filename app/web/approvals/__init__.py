"""The pages of approvals: the inbox, and a request with its decision."""
