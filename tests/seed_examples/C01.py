"""Module overview: build."""

import mxnb as mx

data = mx.symbol.Variable("data")
fc1 = mx.symbol.FullyConnected(data, name="fc1", num_hidden=128)
act1 = mx.symbol.Activation(fc1, name="relu1", act_type="relu")
fc2 = mx.symbol.FullyConnected(act1, name="fc2", num_hidden=10)
out = mx.symbol.SoftmaxOutput(fc2, name="softmax")
mod = mx.mod.Module(out)
print(mod.data_names, mod.label_names, mod.output_names)

# prints:
# ['data'] ['softmax_label'] ['softmax_output']
