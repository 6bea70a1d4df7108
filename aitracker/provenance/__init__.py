"""Who said what: claims, origins, disagreements, lineage of a number, rumours, versions, references."""
