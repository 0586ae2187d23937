"""KVStore: aggregation over devices."""

# continues: D02

gpus = [mx.cpu(i) for i in range(4)]  # seed: mx.gpu(i)
b = [mx.nd.ones(shape, gpu) for gpu in gpus]
kv.push(3, b)
kv.pull(3, out=a)
print(a.asnumpy())

# prints:
# [[4. 4. 4.]
#  [4. 4. 4.]]
