"""BSON, as `specbind.viam.bson` gives it out."""
