"""KVStore: list of keys."""

# continues: D05

keys = [5, 7, 9]
kv.init(keys, [mx.nd.ones(shape)] * len(keys))
kv.push(keys, [mx.nd.ones(shape)] * len(keys))
b = [mx.nd.zeros(shape)] * len(keys)
kv.pull(keys, out=b)
print(b[1].asnumpy())

# prints:
# update on key: 5
# update on key: 7
# update on key: 9
# [[3. 3. 3.]
#  [3. 3. 3.]]
