// The mutations that load the company. But for the secrets of tokens and the ids of requests, their answers hold nothing that is
// needed: everything is named by its own words.
import { gql } from "../client/document.ts";

export const importHistoryDocument = gql`
  mutation DemoHistory($input: ImportHistoryInput!) {
    importHistory(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const recordDatasetDocument = gql`
  mutation DemoDataset($input: RecordDatasetInput!) {
    recordDataset(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const updateModelDocument = gql`
  mutation DemoOwner($input: UpdateModelInput!) {
    updateModel(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const recordLineageDocument = gql`
  mutation DemoLineage($input: RecordLineageInput!) {
    recordLineage(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const createRunDocument = gql`
  mutation DemoRun($input: CreateRunInput!) {
    createRun(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const logRunDocument = gql`
  mutation DemoLog($input: LogRunInput!) {
    logRun(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const finishRunDocument = gql`
  mutation DemoFinish($input: FinishRunInput!) {
    finishRun(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const createLoggedModelDocument = gql`
  mutation DemoLoggedModel($input: CreateLoggedModelInput!) {
    createLoggedModel(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const registerVersionDocument = gql`
  mutation DemoVersion($input: RegisterModelVersionInput!) {
    registerModelVersion(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const updateVersionDocument = gql`
  mutation DemoImage($input: UpdateModelVersionInput!) {
    updateModelVersion(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const logVersionMetricsDocument = gql`
  mutation DemoMetrics($input: LogModelVersionMetricsInput!) {
    logModelVersionMetrics(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const transitionDocument = gql`
  mutation DemoMove($input: TransitionModelVersionInput!) {
    transitionModelVersion(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const setAliasDocument = gql`
  mutation DemoAlias($input: SetAliasInput!) {
    setAlias(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const setModelTagsDocument = gql`
  mutation DemoTag($input: SetModelTagsInput!) {
    setModelTags(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const arrivalDocument = gql`
  mutation DemoPerson($actor: CreateActorInput!, $role: GrantRoleInput!, $token: CreateTokenInput!) {
    createActor(input: $actor) {
      userErrors {
        code
        message
        path
      }
    }
    grantRole(input: $role) {
      userErrors {
        code
        message
        path
      }
    }
    createToken(input: $token) {
      secret
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const setPolicyDocument = gql`
  mutation DemoPolicy($input: SetPolicyInput!) {
    setPolicy(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const setCardDocument = gql`
  mutation DemoCard($input: SetModelCardInput!) {
    setModelCard(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const recordValidationDocument = gql`
  mutation DemoValidation($input: RecordValidationInput!) {
    recordValidation(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const requestTransitionDocument = gql`
  mutation DemoRequest($input: RequestTransitionInput!) {
    requestTransition(input: $input) {
      transitionRequest {
        id
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const reviewTransitionDocument = gql`
  mutation DemoReview($input: ReviewTransitionInput!) {
    reviewTransition(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const rollbackDocument = gql`
  mutation DemoRollback($input: RollbackInput!) {
    rollback(input: $input) {
      userErrors {
        code
        message
        path
      }
    }
  }
`;
