"""MultiIter, an iterator written in Python."""

import mxnb as mx, numpy as np, os, tempfile
from mxnb.io import DataBatch


class MultiIter:
    def __init__(self, iter_list):
        self.iters = iter_list

    def next(self):
        batches = [i.next() for i in self.iters]
        return DataBatch(data=[d for b in batches for d in b.data], label=[l for b in batches for l in b.label])

    def reset(self):
        for i in self.iters:
            i.reset()

    @property
    def provide_data(self):
        return [d for i in self.iters for d in i.provide_data]

    @property
    def provide_label(self):
        return [l for i in self.iters for l in i.provide_label]


d = tempfile.mkdtemp()
rec = mx.recordio.MXRecordIO(os.path.join(d, "image.rec"), "w")
for i in range(4):
    img = np.full((8, 8, 3), 10 * i, dtype=np.uint8)
    rec.write(mx.recordio.pack_img(mx.recordio.IRHeader(0, float(i), i, 0), img, img_fmt=".png"))
rec.close()
np.savetxt(os.path.join(d, "txt.csv"), np.arange(12).reshape(4, 3), delimiter=",")
it = MultiIter(
    [
        mx.io.ImageRecordIter(path_imgrec=os.path.join(d, "image.rec"), data_shape=(3, 8, 8), batch_size=2),
        mx.io.CSVIter(data_csv=os.path.join(d, "txt.csv"), data_shape=(3,), batch_size=2),
    ]
)
batch = it.next()
print([x.shape for x in batch.data], [x.shape for x in batch.label])
print(batch.data[0][1, 0, 0, 0].asscalar(), batch.label[0].asnumpy())
print(batch.data[1].asnumpy(), batch.label[1].asnumpy())
it.reset()
print(it.provide_data)
print(it.provide_label)

# prints:
# [(2, 3, 8, 8), (2, 3)] [(2,), (2,)]
# 10.0 [0. 1.]
# [[0. 1. 2.]
#  [3. 4. 5.]] [0. 0.]
# [DataDesc[data,(2, 3, 8, 8),<class 'numpy.float32'>,NCHW], DataDesc[data,(2, 3),<class 'numpy.float32'>,NCHW]]
# [DataDesc[softmax_label,(2,),<class 'numpy.float32'>,NCHW], DataDesc[softmax_label,(2,),<class 'numpy.float32'>,NCHW]]
