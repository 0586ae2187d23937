"""optimization: bind."""

import mxnb as mx

data = mx.symbol.Variable("data")
label = mx.symbol.Variable("softmax_label")
fc = mx.symbol.FullyConnected(data, name="fc", num_hidden=10)
loss = mx.symbol.SoftmaxOutput(fc, label, name="softmax")
mod = mx.mod.Module(loss)
mod.bind(data_shapes=[("data", (128, 20))], label_shapes=[("softmax_label", (128,))])
print(mod.data_shapes, mod.label_shapes)

# prints:
# [DataDesc[data,(128, 20),<class 'numpy.float32'>,NCHW]] [DataDesc[softmax_label,(128,),<class 'numpy.float32'>,NCHW]]
