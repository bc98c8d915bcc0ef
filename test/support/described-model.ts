const columns = [{ type: "double", name: "x", required: true }];
const answers = [{ type: "tensor", "tensor-spec": { dtype: "float64", shape: [-1] } }];
export const signature = { inputs: columns, outputs: answers };
/** What `described` says. */
export const facts = { framework: "sklearn", format: "cloudpickle", signature };
export const nothing = { framework: null, format: null, signature: null };

/** An MLmodel as MLflow writes it: parts of the signature are JSON in texts, which are folded where they are long. */
export const described = `artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.12.3
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.7.2
is_signature_from_type_hint: false
model_size_bytes: 491
signature:
  inputs: '[{"type": "double", "name": "x",
    "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]'
  params: null
type_hint_from_example: false
utc_time_created: '2027-01-01 00:00:00.123456'
`;

/** The same of another framework. */
export const describedAs = (framework: string) => described.replaceAll("sklearn", framework);
