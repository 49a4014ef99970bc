"""One folder a technology; each adapter passes the contract suite of its port."""
