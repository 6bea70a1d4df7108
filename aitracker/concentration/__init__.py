"""Pure mathematics on vectors: HHI and its exact interval, effective number, Gini, Lorenz, active share, overlap."""
