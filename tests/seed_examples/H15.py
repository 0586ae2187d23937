"""move, save and load a model."""

# continues: H13

import os, tempfile, warnings

net.collect_params().reset_ctx(mx.cpu(1))
print(net[0].weight.data().context, net[0].weight.list_ctx())
file = os.path.join(tempfile.mkdtemp(), "net.params")
for save, load in (("save_parameters", "load_parameters"), ("save_params", "load_params")):
    getattr(net, save)(file)
    print(save, sorted(nd.load(file)))
    net2 = gluon.nn.Sequential()
    with net2.name_scope():
        net2.add(gluon.nn.Dense(1))
    getattr(net2, load)(file, mx.cpu(2))
    print(
        load, net2[0].weight.list_ctx(), bool((net2[0].weight.data().asnumpy() == net[0].weight.data().asnumpy()).all())
    )
try:
    net.load_params(file, mx.cpu(2))
    print("no error")
except AssertionError as err:
    print("AssertionError")

# prints:
# cpu(1) [cpu(1)]
# save_parameters ['0.bias', '0.weight']
# load_parameters [cpu(2)] True
# save_params ['dense0_bias', 'dense0_weight']
# load_params [cpu(2)] True
# AssertionError
