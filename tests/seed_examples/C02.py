"""Module overview: bind, init_params, fit, predict."""

# continues: C01

import numpy as np

rng = np.random.RandomState(0)
X = rng.rand(200, 20).astype("float32")
Y = rng.randint(0, 10, (200,)).astype("float32")
data = mx.io.NDArrayIter(X, Y, batch_size=50)
mod.bind(data_shapes=data.provide_data, label_shapes=data.provide_label)
mod.init_params()
mod.fit(data, num_epoch=10)
new_data = mx.io.NDArrayIter(X[:75], batch_size=50)
print(mod.predict(new_data).shape)
print(mod.data_shapes, mod.label_shapes, mod.output_shapes)

# prints:
# (75, 10)
# [DataDesc[data,(50, 20),<class 'numpy.float32'>,NCHW]] [DataDesc[softmax_label,(50,),<class 'numpy.float32'>,NCHW]] [('softmax_output', (50, 10))]
