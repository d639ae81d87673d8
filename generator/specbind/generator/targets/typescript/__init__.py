"""The TypeScript target: types and descriptors of operations. A transport is not part of it yet."""
