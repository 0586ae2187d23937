"""KVStore: push."""

# continues: D01

kv.push(3, mx.nd.ones(shape) * 8)
kv.pull(3, out=a)
print(a.asnumpy())

# prints:
# [[8. 8. 8.]
#  [8. 8. 8.]]
