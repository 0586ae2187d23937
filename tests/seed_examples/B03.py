"""Symbol query, internals, inference, save."""

import mxnb as mx

data = mx.sym.Variable("data")
fc1 = mx.sym.FullyConnected(data, name="fc1", num_hidden=128)
bn = mx.sym.BatchNorm(fc1, name="bn")
print(bn.name, bn.list_arguments(), bn.list_outputs(), bn.list_auxiliary_states())
print(fc1.attr("num_hidden"), fc1.list_attr(), fc1.attr_dict())
print(bn.get_internals().list_outputs())
print(bn.get_children().list_outputs())
print(bn.get_internals()["fc1_output"].list_arguments())
print([s.name for s in bn.get_internals()])
print(bn.infer_shape(data=(32, 10)))
print(fc1.infer_shape_partial())
print(fc1.infer_type(data="float32"))
try:
    print(fc1.infer_shape())
except mx.MXNetError:
    print("MXNetError")
net2 = mx.sym.FullyConnected(mx.sym.Variable("x"), name="fc2", num_hidden=3)
print(net2(x=fc1, name="comp").list_arguments())
print(mx.sym.Variable("g").attr_dict(), mx.sym.Group([fc1, bn]).name)
ex = bn.simple_bind(mx.cpu(), data=(4, 10))
print(sorted(ex.arg_dict), sorted(ex.aux_dict), [o.shape for o in ex.forward()])

# prints:
# bn ['data', 'fc1_weight', 'fc1_bias', 'bn_gamma', 'bn_beta'] ['bn_output'] ['bn_moving_mean', 'bn_moving_var']
# 128 {'num_hidden': '128'} {'fc1_weight': {'num_hidden': '128'}, 'fc1_bias': {'num_hidden': '128'}, 'fc1': {'num_hidden': '128'}}
# ['data', 'fc1_weight', 'fc1_bias', 'fc1_output', 'bn_gamma', 'bn_beta', 'bn_moving_mean', 'bn_moving_var', 'bn_output']
# ['fc1_output', 'bn_gamma', 'bn_beta', 'bn_moving_mean', 'bn_moving_var']
# ['data', 'fc1_weight', 'fc1_bias']
# ['data', 'fc1_weight', 'fc1_bias', 'fc1', 'bn_gamma', 'bn_beta', 'bn_moving_mean', 'bn_moving_var', 'bn']
# ([(32, 10), (128, 10), (128,), (128,), (128,)], [(32, 128)], [(128,), (128,)])
# ([(), (), ()], [()], [])
# ([<class 'numpy.float32'>, <class 'numpy.float32'>, <class 'numpy.float32'>], [<class 'numpy.float32'>], [])
# (None, None, None)
# ['data', 'fc1_weight', 'fc1_bias', 'fc2_weight', 'fc2_bias']
# {} None
# ['bn_beta', 'bn_gamma', 'data', 'fc1_bias', 'fc1_weight'] ['bn_moving_mean', 'bn_moving_var'] [(4, 128)]
