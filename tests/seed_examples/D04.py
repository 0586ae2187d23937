"""KVStore: updater."""

# continues: D03


def update(key, input, stored):
    print("update on key: %d" % key)
    stored += input * 2


kv._set_updater(update)
kv.pull(3, out=a)
print(a.asnumpy())
kv.push(3, mx.nd.ones(shape))
kv.pull(3, out=a)
print(a.asnumpy())

# prints:
# [[4. 4. 4.]
#  [4. 4. 4.]]
# update on key: 3
# [[6. 6. 6.]
#  [6. 6. 6.]]
