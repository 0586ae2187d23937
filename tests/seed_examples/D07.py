"""KVStore: list of keys, several devices (the code that the seed announces and leaves out)."""

# continues: D06

b = [[mx.nd.ones(shape, gpu) for gpu in gpus]] * len(keys)
kv.push(keys, b)
kv.pull(keys, out=b)
print(b[1][1].asnumpy())

# prints:
# update on key: 5
# update on key: 7
# update on key: 9
# [[11. 11. 11.]
#  [11. 11. 11.]]
