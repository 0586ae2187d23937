"""NDArrayIter: provide_data, provide_label."""

import mxnb as mx

nd_iter = mx.io.NDArrayIter(
    data={"data": mx.nd.ones((100, 10))}, label={"softmax_label": mx.nd.ones((100,))}, batch_size=25
)
print(nd_iter.provide_data)
print(nd_iter.provide_label)

# prints:
# [DataDesc[data,(25, 10),<class 'numpy.float32'>,NCHW]]
# [DataDesc[softmax_label,(25,),<class 'numpy.float32'>,NCHW]]
