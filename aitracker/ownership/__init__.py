"""Who owns what: stakes with dilution, holdings, back-test, coverage, look-through, scorecard."""
