"""KVStore: pull to several devices."""

# continues: D04

b = [mx.nd.ones(shape, gpu) for gpu in gpus]
kv.pull(3, out=b)
print(b[1].asnumpy())

# prints:
# [[6. 6. 6.]
#  [6. 6. 6.]]
