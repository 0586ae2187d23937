"""train with the iterator."""

# continues: F02

data = mx.sym.Variable("data")
label = mx.sym.Variable("softmax_label")
fullc = mx.sym.FullyConnected(data=data, num_hidden=1)
loss = mx.sym.SoftmaxOutput(data=data, label=label)
mod = mx.mod.Module(loss)
print(mod.data_names)
print(mod.label_names)
mod.bind(data_shapes=nd_iter.provide_data, label_shapes=nd_iter.provide_label)
mod.fit(nd_iter, num_epoch=2)

# prints:
# ['data']
# ['softmax_label']
